//! Many invocations of a process function at once: an environment, and so a process, for each of them.

use std::collections::BTreeSet;

use mock_server::{Event, Function};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::patient;
use crate::{
    folder::Folder,
    wait::{seen_times, soon},
};

const AT_ONCE: usize = 50;

/// A function whose invocations tell their process's id at a gate, and wait there until it is opened.
struct Gate {
    listener: TcpListener,
    function: Function,
    _folder: Folder,
}

impl Gate {
    async fn new(reserved: Option<usize>) -> Self {
        let folder = Folder::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let script = folder.python(
            "host, port = os.environ['GATE'].split(':')\n\
             while True:\n\
             \x20   request_id, event = next()\n\
             \x20   with socket.create_connection((host, int(port))) as gate:\n\
             \x20       gate.sendall(b'%8d' % os.getpid())\n\
             \x20       gate.recv(1)\n\
             \x20   respond(request_id, str(os.getpid()))",
        );
        let mut builder = patient().env("GATE", listener.local_addr().unwrap().to_string());
        if let Some(reserved) = reserved {
            builder = builder.reserved_concurrency(reserved);
        }
        Self { function: builder.bootstrap(script).unwrap(), listener, _folder: folder }
    }

    fn invoke(&self, times: usize) -> Vec<JoinHandle<mock_server::Outcome>> {
        let invoke = |function: Function| tokio::spawn(async move { function.invoke("{}").await });
        (0..times).map(|_| invoke(self.function.clone())).collect()
    }

    /// Waits until so many stand at the gate; their processes, and the ways to let them go.
    async fn stand(&self, count: usize) -> (BTreeSet<String>, Vec<TcpStream>) {
        let (mut processes, mut waiting) = (BTreeSet::new(), Vec::new());
        for _ in 0..count {
            let (mut stream, _) = soon(self.listener.accept()).await.unwrap();
            let mut process = [0; 8];
            soon(stream.read_exact(&mut process)).await.unwrap();
            processes.insert(String::from_utf8_lossy(&process).trim().to_owned());
            waiting.push(stream);
        }
        (processes, waiting)
    }

    async fn ended(&self, count: usize) {
        let is_end = |event: &Event| matches!(event, Event::InvocationEnded(_));
        seen_times(self.function.timeline(), count, is_end).await;
    }
}

async fn open(waiting: Vec<TcpStream>) {
    for mut stream in waiting {
        stream.write_all(b"!").await.unwrap();
    }
}

#[tokio::test]
async fn fifty_invocations_at_once_are_in_fifty_processes_which_are_used_again() {
    let gate = Gate::new(None).await;
    let mut first = BTreeSet::new();
    for round in 1..=2 {
        let outcomes = gate.invoke(AT_ONCE);
        let (processes, waiting) = gate.stand(AT_ONCE).await;
        assert_eq!(processes.len(), AT_ONCE);
        open(waiting).await;
        for outcome in outcomes {
            let outcome = soon(outcome).await.unwrap();
            assert!(outcome.is_success(), "{outcome:?}");
            assert_eq!(outcome.report().is_cold_start(), round == 1);
        }
        gate.ended(AT_ONCE * round).await;
        if round == 1 {
            first = processes;
        } else {
            assert_eq!(processes, first, "no environment was started for the second round");
        }
    }
    gate.function.shut_down().await;
}

#[tokio::test]
async fn with_ten_reserved_forty_of_fifty_are_throttled() {
    let gate = Gate::new(Some(10)).await;
    let outcomes = gate.invoke(AT_ONCE);
    let (processes, waiting) = gate.stand(10).await;
    assert_eq!(processes.len(), 10);
    let (throttled, running): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(JoinHandle::is_finished);
    assert_eq!((throttled.len(), running.len()), (40, 10));
    for outcome in throttled {
        assert!(outcome.await.unwrap().is_throttled());
    }
    open(waiting).await;
    for outcome in running {
        assert!(soon(outcome).await.unwrap().is_success());
    }
    gate.function.shut_down().await;
}
