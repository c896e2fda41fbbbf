//! Which sockets a process has open, from `/proc`.

use std::collections::HashSet;
use std::fs;

/// Addresses, as the kernel writes them in hexadecimal, of all sockets of a process that
/// wait for others: listening TCP and unconnected UDP.
pub fn listening(process: u32) -> Vec<String> {
    let own = inodes(process);
    let tables = [("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")];
    let rows = tables.into_iter().flat_map(|(table, state)| {
        let text = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
        let rows: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
        rows.into_iter().filter_map(move |row| address(&row, state))
    });
    rows.filter(|(_, inode)| own.contains(inode))
        .map(|(address, _)| address)
        .collect()
}

/// Local address without port, and inode, of a row in the wanted state.
fn address(row: &str, state: &str) -> Option<(String, String)> {
    let columns: Vec<&str> = row.split_whitespace().collect();
    let (address, _port) = columns.get(1)?.split_once(':')?;
    let inode = (*columns.get(9)?).to_owned();
    (columns.get(3) == Some(&state)).then(|| (address.to_owned(), inode))
}

fn inodes(process: u32) -> HashSet<String> {
    let files = fs::read_dir(format!("/proc/{process}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    let links = files.filter_map(|file| fs::read_link(file.path()).ok());
    links
        .filter_map(|link| {
            let name = link.to_string_lossy().into_owned();
            Some(name.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        })
        .collect()
}
