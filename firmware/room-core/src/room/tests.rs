//! The whole mind against a world that answers late, wrongly, and in any order.

mod limits;
mod orders;
mod stories;
mod world;
