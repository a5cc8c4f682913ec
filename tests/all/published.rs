//! Published, certified values, and values worked out by other hands.

use crate::common::{reported, rows, wafercast};
use wafercast::backtest::Baseline;
use wafercast::fit::{Design, least_squares};

fn close(found: f64, certified: f64, digits: i32) {
    let error = ((found - certified) / certified).abs();
    assert!(error < 10_f64.powi(-digits), "{found} is not {certified} to {digits} digits");
}

/// NIST Statistical Reference Datasets, Norris: one driver, 36 rows, lower difficulty.
#[test]
fn nist_norris() {
    let y = [
        0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1, 778.1, 668.8,
        339.3, 448.9, 10.8, 557.7, 228.3, 998.0, 888.8, 119.6, 0.3, 0.6, 557.6, 339.3, 888.0, 998.5, 778.9,
        10.2, 117.6, 228.9, 668.4, 449.2, 0.2,
    ];
    let x = [
        0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6, 775.5, 666.9,
        338.0, 447.5, 11.6, 556.0, 228.1, 995.8, 887.6, 120.2, 0.3, 0.3, 556.8, 339.1, 887.2, 999.0, 779.0,
        11.1, 118.3, 229.2, 669.1, 448.9, 0.5,
    ];
    let fit = least_squares(&Design { columns: vec![("x".into(), x.to_vec())], target: y.to_vec() }).unwrap();
    close(fit.intercept, -0.262_323_073_774_029, 10);
    close(fit.coefficients[0], 1.002_116_818_020_45, 12);
    close(fit.residual_deviation, 0.884_796_396_144_373, 10);
    close(fit.r_squared, 0.999_993_745_883_712, 12);
}

/// NIST Statistical Reference Datasets, Longley: six nearly collinear drivers, 16 rows, higher difficulty.
#[test]
fn nist_longley() {
    let rows: [[f64; 7]; 16] = [
        [60323.0, 83.0, 234_289.0, 2356.0, 1590.0, 107_608.0, 1947.0],
        [61122.0, 88.5, 259_426.0, 2325.0, 1456.0, 108_632.0, 1948.0],
        [60171.0, 88.2, 258_054.0, 3682.0, 1616.0, 109_773.0, 1949.0],
        [61187.0, 89.5, 284_599.0, 3351.0, 1650.0, 110_929.0, 1950.0],
        [63221.0, 96.2, 328_975.0, 2099.0, 3099.0, 112_075.0, 1951.0],
        [63639.0, 98.1, 346_999.0, 1932.0, 3594.0, 113_270.0, 1952.0],
        [64989.0, 99.0, 365_385.0, 1870.0, 3547.0, 115_094.0, 1953.0],
        [63761.0, 100.0, 363_112.0, 3578.0, 3350.0, 116_219.0, 1954.0],
        [66019.0, 101.2, 397_469.0, 2904.0, 3048.0, 117_388.0, 1955.0],
        [67857.0, 104.6, 419_180.0, 2822.0, 2857.0, 118_734.0, 1956.0],
        [68169.0, 108.4, 442_769.0, 2936.0, 2798.0, 120_445.0, 1957.0],
        [66513.0, 110.8, 444_546.0, 4681.0, 2637.0, 121_950.0, 1958.0],
        [68655.0, 112.6, 482_704.0, 3813.0, 2552.0, 123_366.0, 1959.0],
        [69564.0, 114.2, 502_601.0, 3931.0, 2514.0, 125_368.0, 1960.0],
        [69331.0, 115.7, 518_173.0, 4806.0, 2572.0, 127_852.0, 1961.0],
        [70551.0, 116.9, 554_894.0, 4007.0, 2827.0, 130_081.0, 1962.0],
    ];
    let columns = (1..7).map(|c| (format!("x{c}"), rows.iter().map(|r| r[c]).collect())).collect();
    let fit = least_squares(&Design { columns, target: rows.iter().map(|r| r[0]).collect() }).unwrap();
    close(fit.intercept, -3_482_258.634_595_82, 9);
    let certified = [
        15.061_872_271_373_3,
        -0.035_819_179_292_591,
        -2.020_229_803_816_83,
        -1.033_226_867_173_59,
        -0.051_104_105_653_580_7,
        1_829.151_464_613_55,
    ];
    for (found, certified) in fit.coefficients.iter().zip(certified) {
        close(*found, certified, 9);
    }
    close(fit.residual_deviation, 304.854_073_561_965, 9);
}

/// Quarterly means of the international airline passengers of 1953 to 1956 (Box and Jenkins, series G), forecast by statsmodels
/// 0.15 with the smoothing weights of least square error: `tests/recorded/baselines.py`.
#[test]
fn baselines_agree_with_statsmodels() {
    let quarters = [
        209.3, 235.7, 257.7, 197.3, 209.0, 241.7, 284.7, 220.3, 247.3, 284.7, 341.0, 263.0, 292.7, 335.0,
        391.0, 294.3,
    ];
    for (baseline, expected) in [
        (Baseline::DampedTrend, [359.549_798_834, 370.828_184_209, 381.881_001_876, 392.712_763_191]),
        (Baseline::Theta, [332.256_730_665, 336.598_127_723, 340.939_524_782, 345.280_921_841]),
        // The mean and the values of 1956.
        (Baseline::TrailingMean, [328.25; 4]),
        (Baseline::SeasonalNaive, [292.7, 335.0, 391.0, 294.3]),
        (Baseline::LastValue, [294.3; 4]),
    ] {
        let found = baseline.forecast(&quarters, 4).unwrap();
        assert_eq!(found.len(), 4);
        for (found, expected) in found.iter().zip(expected) {
            close(*found, expected, 11);
        }
    }
}

/// WAPE of the additive pick-up on the fixture maker, worked out from its exports by `tests/recorded/pick_up.py`.
#[test]
fn the_pick_up_agrees_with_a_script_of_its_own() {
    let out = tempfile::tempdir().unwrap();
    let ran = wafercast(&["run", "jobs/quarterly.toml", "--out", out.path().to_str().unwrap()]);
    assert!(ran.status.success(), "{}", reported(&ran));
    let table = rows(&out.path().join("2025Q3/csv/backtest.csv"));
    let of = |level: &str| -> Vec<String> {
        let own = table
            .iter()
            .filter(|row| row["method"] == "pick_up" && row["model"] == "ALL" && row["level"] == level);
        own.map(|row| format!("{} {} {}", row["horizon"], row["n"], row["wape"])).collect()
    };
    let months = [
        "1 9 0.0445",
        "2 9 0.1404",
        "3 9 0.1382",
        "4 8 0.1371",
        "5 8 0.2352",
        "6 8 0.2126",
        "7 7 0.3513",
        "8 7 0.3682",
        "9 7 0.3475",
        "10 6 0.4297",
        "11 6 0.4236",
        "12 6 0.3949",
    ];
    assert_eq!(of("month"), months);
    assert_eq!(of("quarter"), ["1 9 0.0399", "2 8 0.1873", "3 7 0.3285", "4 6 0.4151"]);
    assert_eq!(of("12M"), ["4 6 0.2803"]);
}
