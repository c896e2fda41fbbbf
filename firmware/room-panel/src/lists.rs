//! Lists on the screen. They are changed row by row: a row that stays keeps the finger on it.

use std::rc::Rc;

use slint::{ComponentHandle as _, Model as _, ModelRc, SharedString, VecModel};

use crate::ui::{
    Action, Contact, Data, Fault, LayoutMark, Length, PanelWindow, Person, Ring, Row, SecurityLine,
};

type Rows<T> = Rc<VecModel<T>>;

/// The rows of every list.
#[derive(Default)]
pub struct Lists {
    pub later: Rows<Row>,
    pub contacts: Rows<Contact>,
    pub lengths: Rows<Length>,
    pub ringing: Rows<Ring>,
    pub people: Rows<Person>,
    pub actions: Rows<Action>,
    pub security: Rows<SecurityLine>,
    pub layouts: Rows<LayoutMark>,
    pub reactions: Rows<SharedString>,
    pub positions: Rows<SharedString>,
    pub faults: Rows<Fault>,
    pub steps: Rows<SharedString>,
}

impl Lists {
    /// Empty ones, tied to the window.
    pub fn of(window: &PanelWindow) -> Self {
        let lists = Self::default();
        let data = window.global::<Data>();
        data.set_later(model(&lists.later));
        data.set_contacts(model(&lists.contacts));
        data.set_lengths(model(&lists.lengths));
        data.set_ringing(model(&lists.ringing));
        data.set_people(model(&lists.people));
        data.set_actions(model(&lists.actions));
        data.set_security_lines(model(&lists.security));
        data.set_layouts(model(&lists.layouts));
        data.set_reactions(model(&lists.reactions));
        data.set_positions(model(&lists.positions));
        data.set_faults(model(&lists.faults));
        data.set_steps(model(&lists.steps));
        lists
    }
}

fn model<T: Clone + 'static>(rows: &Rows<T>) -> ModelRc<T> {
    ModelRc::from(Rc::clone(rows))
}

/// Makes the list what it should be.
pub fn fill<T: Clone + PartialEq + 'static>(rows: &VecModel<T>, wanted: impl Iterator<Item = T>) {
    let mut count = 0;
    for item in wanted {
        match rows.row_data(count) {
            Some(old) if old == item => {}
            Some(_) => rows.set_row_data(count, item),
            None => rows.push(item),
        }
        count += 1;
    }
    while rows.row_count() > count {
        rows.remove(rows.row_count() - 1);
    }
}
