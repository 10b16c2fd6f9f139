//! The whole service beside a model of it.

use tokio::runtime::Runtime;
use waybill_tests::model::compare;

use crate::options::Options;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "model";
/// What it does.
pub const ABOUT: &str = "\
Lists of steps are made up at random: orders are placed, changed, moved, called off, many at once, asked for again under \
the same key, and read in lists of every filter and sort, by staff, the shop's back end and two customers, on a database \
and a node of their own. Every answer, list and event frame is compared with those of a small model. `--times` is how \
many lists.";

/// Compares them.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let cases = u32::try_from(options.times(400, 10))?;
    let seed = options.seed();
    // Drives a runtime of its own, which a task must not.
    let compared = tokio::task::spawn_blocking(move || {
        let runtime = Runtime::new()?;
        anyhow::Ok(compare(&runtime, cases, seed))
    });
    let what = format!(
        "{cases} lists of up to 64 steps were carried out by the service and by its model."
    );
    let mut tried = Tried::new(what, cases.into());
    match compared.await?? {
        Ok(compared) => {
            tried.count("requests whose answers were compared", compared.answers);
            tried.count("event frames compared", compared.frames);
        }
        Err(differs) => tried.findings.push(differs),
    }
    Ok(tried)
}
