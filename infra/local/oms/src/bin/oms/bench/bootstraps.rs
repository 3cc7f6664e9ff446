//! What is deployed: how large each function's archive is, and how long its process takes from its start to its first question for work.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::DeflateEncoder;

use oms_local::Stack;

use super::settings::Settings;
use super::spread::Spread;
use crate::failure::Failure;

/// Starts of each function, of which the median counts.
const STARTS: usize = 9;
/// Longest wait for one.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first question of every runtime.
const NEXT: &[u8] = b"GET /2018-06-01/runtime/invocation/next";
/// Bytes of a zip archive beside the compressed data of its one file: two headers with its name, and the end.
const ZIP_FRAME: usize = 2 * "bootstrap".len() + 30 + 46 + 22;

/// Bytes of the archive that is uploaded.
pub(super) fn zipped(bootstrap: &Path) -> Result<usize, Failure> {
    let binary = std::fs::read(bootstrap).map_err(|error| Failure::file(bootstrap, error))?;
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::best());
    let packed = deflated.write_all(&binary).and_then(|()| deflated.finish());
    Ok(packed.map_err(|error| Failure::file(bootstrap, error))?.len() + ZIP_FRAME)
}

/// Milliseconds from the start of the process to its first poll: the median of several starts.
pub(super) fn init_ms(stack: &Stack, name: &str, bootstrap: &Path, settings: &Settings) -> Result<f64, Failure> {
    let mut starts = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        starts.push(one_start(stack, name, bootstrap, &settings.environment.variables)?);
    }
    Ok(Spread::of(starts).percentile_ms(50))
}

fn one_start(stack: &Stack, name: &str, bootstrap: &Path, variables: &BTreeMap<String, String>) -> Result<Duration, Failure> {
    let wrong = |error| Failure::Measuring("the start of a function", error);
    let listener = TcpListener::bind("127.0.0.1:0").map_err(wrong)?;
    let address = listener.local_addr().map_err(wrong)?.to_string();
    let (polled, polls) = mpsc::channel();
    // Ends with the first connection; where none comes, with this program.
    std::thread::spawn(move || {
        let asked = listener.accept().and_then(|(mut connection, _)| {
            let mut bytes = [0; NEXT.len()];
            connection.read_exact(&mut bytes)?;
            Ok((Instant::now(), bytes == NEXT, connection))
        });
        // Nobody waits any more where the patience is over.
        let _ = polled.send(asked);
    });
    let mut command = Command::new(bootstrap);
    command.env_clear().envs(variables).envs([
        ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", name),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
        ("AWS_ENDPOINT_URL", stack.emulator_url.as_str()),
        ("AWS_REGION", stack.region.as_str()),
        ("AWS_ACCESS_KEY_ID", stack.access_key_id.as_str()),
        // The emulator takes any.
        ("AWS_SECRET_ACCESS_KEY", "bench"),
    ]);
    let started = Instant::now();
    let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut process = process.map_err(|error| Failure::file(bootstrap, error))?;
    let asked = polls.recv_timeout(PATIENCE);
    process.kill().and_then(|()| process.wait()).map_err(wrong)?;
    match asked {
        Ok(Ok((at, true, _))) => Ok(at.duration_since(started)),
        Ok(Ok((_, false, _))) => Err(Failure::Bench(format!("the first request of {name} is not for work"))),
        Ok(Err(error)) => Err(Failure::Bench(format!("{name} hung up before it asked for work: {error}"))),
        Err(_) => Err(Failure::Bench(format!("{name} did not ask for work within {PATIENCE:?}: start {} by hand", bootstrap.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_as_large_as_zip_makes_it() {
        let file = std::env::temp_dir().join(format!("oms-zipped-{}", std::process::id()));
        std::fs::write(&file, vec![7; 1_000_000]).unwrap();
        let bytes = zipped(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        // Deflate packs a run at most 1:1032; the rest is the frame.
        assert!((1_000_000 / 1032 + 116..1_300).contains(&bytes), "{bytes}");
    }
}
