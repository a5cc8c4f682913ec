//! The same done with each of several things at once.

use std::sync::Mutex;

/// Threads of this machine.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Does `work` with each, each on a thread of its own but the last, and gives what comes of them in their order. None knows of the
/// others, so that the result does not depend on how many run at once.
pub(crate) fn in_parallel<T: Send, U: Send>(each: Vec<T>, work: impl Fn(T) -> U + Sync) -> Vec<U> {
    let slots: Vec<Mutex<Option<T>>> = each.into_iter().map(|one| Mutex::new(Some(one))).collect();
    let work = |slot: &Mutex<Option<T>>| slot.lock().ok().and_then(|mut slot| slot.take()).map(&work);
    let work = &work;
    let Some((last, others)) = slots.split_last() else { return Vec::new() };
    std::thread::scope(|scope| {
        let running: Vec<_> = others
            .iter()
            .map(|slot| std::thread::Builder::new().spawn_scoped(scope, move || work(slot)))
            .collect();
        let last = work(last);
        let joined = running.into_iter().zip(others).map(|(running, slot)| match running {
            Ok(running) => match running.join() {
                Ok(done) => done,
                // A panic is a defect: it goes on as it would without threads.
                Err(panic) => std::panic::resume_unwind(panic),
            },
            // What the system gives no thread for is done here.
            Err(_) => work(slot),
        });
        joined.chain([last]).flatten().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_of_each_is_in_their_order() {
        let waits = |n: u64| {
            std::thread::sleep(std::time::Duration::from_millis(10 - n));
            n * n
        };
        assert_eq!(in_parallel(vec![1, 2, 3, 4], waits), [1, 4, 9, 16]);
        assert!(in_parallel(Vec::new(), waits).is_empty());
    }
}
