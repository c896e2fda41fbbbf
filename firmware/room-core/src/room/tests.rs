//! The whole mind against a world that answers late, wrongly, and in any order.

mod buttons;
mod callees;
mod limits;
mod orders;
mod people;
mod sharing;
mod stories;
mod visits;
mod world;
