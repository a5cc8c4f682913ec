//! The exit codes that tell cron how a run ended.

/// Exit codes, after BSD `sysexits.h` where it has a fitting one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ExitCode {
    /// Wrong command line.
    Usage = 2,
    /// An export has rows that cannot be used.
    InputRejected = 65,
    /// An export is not there.
    InputMissing = 66,
    /// The exports stop before the as-of date.
    InputStale = 69,
    /// A defect in wafercast.
    Internal = 70,
    /// The output folder cannot be written or read. Nothing was published.
    CannotWrite = 73,
    /// Another run is writing to the same folder.
    Locked = 75,
    /// The job file is wrong.
    Job = 78,
}
