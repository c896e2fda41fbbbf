//! Starts a stack, prints its addresses, and stops it at Ctrl-C.
#![allow(clippy::print_stdout, reason = "it is there to print")]

use salle_stack::{Error, Options, Sites, Stack};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let two = std::env::args().any(|argument| argument == "--two");
    let sites = if two { Sites::Two } else { Sites::One };
    let directory = std::env::var_os("STACK_DIR").map(Into::into);
    let stack = Stack::start(Options {
        sites,
        directory,
        ..Options::default()
    })
    .await?;
    for site in stack.sites() {
        println!(
            "homeserver {} ({})",
            site.homeserver_url(),
            site.server_name()
        );
        println!("service    {}", site.service_url());
        println!("SFU        {}", site.sfu_url());
    }
    // Without a signal handler the process ends here, and the servers with it.
    if let Err(error) = tokio::signal::ctrl_c().await {
        println!("cannot wait for Ctrl-C: {error}");
    }
    stack.stop().await
}
