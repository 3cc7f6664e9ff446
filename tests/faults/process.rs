//! Finding and ending the process at the other end of a loopback connection.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::process::Command;

/// Ends the process that holds the client's end of a connection to `own`, as a crash would: without a word. False where nobody holds it any more: the
/// caller has given up already.
pub(crate) fn kill_client(peer: SocketAddr, own: SocketAddr) -> bool {
    let Some(pid) = inode_of(peer, own).and_then(owner_of) else { return false };
    Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success()
}

/// The inode of the socket from `local` to `remote`. Both count: another process may have a connection of the same port to somewhere else.
fn inode_of(local: SocketAddr, remote: SocketAddr) -> Option<u64> {
    let wanted = [spelt(local)?, spelt(remote)?];
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields.get(1..3) == Some(&[wanted[0].as_str(), wanted[1].as_str()])).then(|| fields.get(9)?.parse().ok()).flatten()
    })
}

/// As the kernel writes it: the address as one number in the machine's byte order.
fn spelt(address: SocketAddr) -> Option<String> {
    let IpAddr::V4(ip) = address.ip() else { return None };
    Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), address.port()))
}

fn owner_of(inode: u64) -> Option<u32> {
    let wanted = format!("socket:[{inode}]");
    let processes = fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    processes.into_iter().find(|pid| {
        let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten();
        files.filter_map(|file| fs::read_link(file.ok()?.path()).ok()).any(|link| link.to_str() == Some(wanted.as_str()))
    })
}
