//! Who can become whom in one step, and in how many steps a goal is reached.

use std::collections::VecDeque;

use super::path::Goal;

// Who or what is held.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    State(usize),
    Goal(Goal),
    // One of those that a right is over: many rights are over the same ones, so these are listed once.
    Any(usize),
}

// Those that a right is over, and by which workload, by its number, for commands in its pods.
pub(super) type Reached = Vec<(usize, Option<usize>)>;

#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub(super) to: To,
    pub(super) by: By,
}

// By what an edge is there. There are many edges, and few of them are shown, so they are put into words then.
#[derive(Clone, Copy)]
pub(super) enum By {
    // A right, by its number, and what is done with it.
    Right(usize, &'static str),
    // The same to the account that the edge leads to.
    Account(usize, &'static str),
    // Commands in the pods of a workload, by its number, as their account or on their node.
    Pods(usize, usize),
    // Commands in pods, of which the one is yet to be said.
    AnyPods(usize),
    // A token of the pods of a workload that lies on the node.
    Token(usize),
}

// How many steps each state is away from a goal.
pub(super) fn distances(edges: &[Vec<Edge>], over: &[Reached], goal: Goal) -> Vec<Option<usize>> {
    let mut before: Vec<Vec<usize>> = edges.iter().map(|_| Vec::new()).collect();
    // By which lists a state is reached, and whose rights are over a list.
    let mut lists: Vec<Vec<usize>> = before.clone();
    let mut whose: Vec<Vec<usize>> = over.iter().map(|_| Vec::new()).collect();
    for (list, reached) in over.iter().enumerate() {
        for (to, _) in reached {
            lists.get_mut(*to).into_iter().for_each(|lists| lists.push(list));
        }
    }
    let mut distances: Vec<Option<usize>> = vec![None; edges.len()];
    let mut open = VecDeque::new();
    for (at, edges) in edges.iter().enumerate() {
        for edge in edges {
            match edge.to {
                To::State(to) => before.get_mut(to).into_iter().for_each(|before| before.push(at)),
                To::Any(list) => whose.get_mut(list).into_iter().for_each(|whose| whose.push(at)),
                To::Goal(reached) if reached == goal => open.push_back((at, 1)),
                To::Goal(_) => {}
            }
        }
    }
    while let Some((at, steps)) = open.pop_front() {
        let Some(distance) = distances.get_mut(at).filter(|distance| distance.is_none()) else { continue };
        *distance = Some(steps);
        open.extend(before.get(at).into_iter().flatten().map(|before| (*before, steps + 1)));
        for list in lists.get(at).into_iter().flatten() {
            // The first of a list to be reached is the nearest.
            let whose = whose.get_mut(*list).map(std::mem::take).unwrap_or_default();
            open.extend(whose.into_iter().map(|before| (before, steps + 1)));
        }
    }
    distances
}
