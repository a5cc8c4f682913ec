//! Who the machines are for, who cannot plug them in and who owes too much.

use crate::table::Cell;
use crate::tables::declared::key_accounts as accounts;

use super::{Grid, Row, Tables, words};

/// Groups of customers, where an export says more of them than their orders; what none has takes no column.
pub(crate) fn groups(tables: Tables<'_>) -> Grid {
    let rows = tables.rows(accounts::NAME);
    let (rows, total): (Vec<Row<'_>>, Vec<Row<'_>>) =
        rows.into_iter().partition(|row| row.is(accounts::level, "detail"));
    let has = |column: crate::table::Column| {
        rows.iter().any(|row| !matches!(row.cell(column), Cell::Empty) && row.number(column) != Some(0.0))
    };
    let said = [
        accounts::region,
        accounts::kind,
        accounts::pipeline_units,
        accounts::credit_limit_usd,
        accounts::power_mw,
    ];
    let several = rows.iter().any(|row| {
        row.number(accounts::customers).is_some_and(|customers| customers > 1.0)
            && !row.is(accounts::group, "others")
    });
    if !several && !said.into_iter().any(has) {
        return Grid::new("", &[], &[]);
    }
    let columns: Vec<_> = [
        accounts::group,
        accounts::revenue_share,
        accounts::firm_units,
        accounts::units,
        accounts::backlog_units,
        accounts::pipeline_units,
        accounts::usual_units,
        accounts::without_power_units,
        accounts::power_month,
        accounts::over_limit_usd,
    ]
    .into_iter()
    .enumerate()
    .filter(|(place, column)| *place < 7 || has(*column))
    .map(|(_, column)| column)
    .collect();
    let total = total.first();
    let unsigned = total.map_or(0.0, |row| {
        [accounts::pipeline_units, accounts::usual_units]
            .iter()
            .filter_map(|column| row.number(*column))
            .sum()
    });
    let title = format!(
        "Who the machines of the 12 months are for: {} are not signed yet",
        words::number(unsigned, 0)
    );
    Grid::new(title, &rows, &columns).total(total, "All", &columns)
}
