//! How long the stages of a run take on the fixture maker: `make bench`, or `make bench BENCH=reading` for one. Nothing in the
//! tests depends on a time.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark may fail loudly")]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use wafercast::demand::{Demand, PastOrigins};
use wafercast::history::{Book, MarketHistory};
use wafercast::ingest::{self, Locations};
use wafercast::market::{Outlook, Scenario};
use wafercast::run::{self, Inputs, Request};

fn job_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs/quarterly.toml")
}

fn request(out: &Path) -> Request {
    Request {
        job: job_file(),
        inputs: None,
        as_of: None,
        out: Some(out.to_owned()),
        now: "2025-10-01T00:00:00Z".parse().unwrap(),
        no_create: false,
        deny_warnings: false,
    }
}

fn stages(c: &mut Criterion) {
    let out = tempfile::tempdir().unwrap();
    let inputs = run::load(&request(out.path())).unwrap();
    let Inputs { job, exports, .. } = &inputs;
    c.bench_function("reading", |b| {
        let locations = Locations::new(job, None, exports.as_of);
        b.iter(|| ingest::read(job, &locations, exports.as_of).unwrap());
    });

    let market = MarketHistory::new(exports, job.reading.stale_days);
    let book = Book::new(&exports.ledger, &job.catalogue, exports.ledger.as_of);
    let outlook = Outlook::new(&market, &job.market, &job.scenarios).unwrap();
    c.bench_function("fitting", |b| {
        b.iter(|| {
            let past = PastOrigins::new(&book, &market, exports, job);
            black_box(Demand::new(&book, &market, job, &past))
        });
    });

    let past = PastOrigins::new(&book, &market, exports, job);
    let demand = Demand::new(&book, &market, job, &past);
    c.bench_function("paths", |b| {
        b.iter(|| demand.simulate(black_box(&outlook), Scenario::Base, job.run.paths, job.run.seed));
    });
}

fn whole_run(c: &mut Criterion) {
    let mut group = c.benchmark_group("run");
    group.sample_size(20);
    group.bench_function("whole", |b| {
        // The same inputs in the same folder would change nothing: each run publishes into a folder of its own.
        b.iter_batched(
            || tempfile::tempdir().unwrap(),
            |out| {
                let request = request(out.path());
                run::run(&request, run::task(&request).unwrap(), &|_| {}).unwrap();
                out
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, stages, whole_run);
criterion_main!(benches);
