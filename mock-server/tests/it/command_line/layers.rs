//! `--zip` and `--layer`: packages and layers as they are uploaded, good ones and others.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use rustix::process::Signal;

use super::{command, error, run, server::Server, stderr, stdout};
use crate::{
    folder::Folder,
    management::zip::{EXECUTABLE, PLAIN, zip},
    wait::soon,
};

const ECHO: &str = "request_id, event = next()\nrespond(request_id, event)\nnext()";
const LINK: u32 = 0o120_777;

/// The content of a script for python.
fn python(lines: &str) -> String {
    fs::read_to_string(Folder::new().python(lines)).unwrap()
}

/// A zip by hand.
fn packed(folder: &Folder, name: &str, files: &[(&str, u32, &str)]) -> String {
    let path = folder.path().join(name);
    fs::write(&path, zip(files)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A package whose bootstrap answers what it gets.
fn echo(folder: &Folder) -> String {
    packed(folder, "echo.zip", &[("bootstrap", EXECUTABLE, &python(ECHO))])
}

/// Invokes with a folder of its own for what is unpacked, in which nothing is left.
fn invoke(folder: &Folder, arguments: &[&str]) -> Output {
    let unpacked = folder.path().join("unpacked");
    fs::create_dir_all(&unpacked).unwrap();
    let arguments = [&["invoke", "--timeout", "1m"], arguments].concat();
    let output = command(&arguments).env("TMPDIR", &unpacked).output().unwrap();
    assert_eq!(fs::read_dir(unpacked).unwrap().count(), 0, "{}", stderr(&output));
    output
}

fn answer(folder: &Folder, arguments: &[&str]) -> serde_json::Value {
    let output = invoke(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refusal(folder: &Folder, arguments: &[&str]) -> String {
    let output = invoke(folder, arguments);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{}", stderr(&output));
    error(&output).replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn what_package_has_made_is_run() {
    let folder = Folder::new();
    let bootstrap = folder.python(
        "request_id, event = next()\nrespond(request_id, json.dumps([os.getcwd() == os.environ['LAMBDA_TASK_ROOT'], \
         open('settings').read(), os.readlink('current')]))\nnext()",
    );
    let assets = folder.path().join("assets");
    fs::create_dir(&assets).unwrap();
    fs::write(assets.join("settings"), "on").unwrap();
    symlink("settings", assets.join("current")).unwrap();
    let audit = python(
        "name = {'Lambda-Extension-Name': os.path.basename(sys.argv[0])}\n\
         api.request('POST', '/2020-01-01/extension/register', json.dumps({'events': ['INVOKE']}), name)\n\
         reply = api.getresponse()\nreply.read()\nwrite('audit is here')\n\
         id = {'Lambda-Extension-Identifier': reply.getheader('Lambda-Extension-Identifier')}\n\
         for _ in range(2):\n    api.request('GET', '/2020-01-01/extension/event/next', None, id)\n    \
         api.getresponse().read()",
    );
    let audit = folder.file("audit", &audit);
    let [function, layer] = ["function.zip", "layer.zip"].map(|name| folder.path().join(name));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (function, layer, assets) = (text(&function), text(&layer), text(&assets));
    for arguments in [
        &["--bootstrap", &text(&bootstrap), "--include", &assets, "--output", &function][..],
        &["--extension", &text(&audit), "--output", &layer],
    ] {
        let output = run(&[&["package"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let output = invoke(&folder, &["--zip", &function, "--layer", &layer]);
    assert_eq!(stdout(&output), "[true, \"on\", \"settings\"]\n", "{}", stderr(&output));
    assert!(stderr(&output).contains("audit is here\n"), "{}", stderr(&output));
}

#[test]
fn layers_are_merged_in_order_and_found_where_lambda_has_them() {
    let folder = Folder::new();
    let bootstrap = folder.python(
        r#"
import subprocess
opt = os.environ["PATH"].split(":")[4].removesuffix("/bin")
mode = lambda path: "%o" % (os.stat(os.path.join(opt, path)).st_mode & 0o777)
request_id, event = next()
respond(request_id, json.dumps({
    "tool": subprocess.run(["the-tool-of-a-layer"], capture_output=True, text=True).stdout,
    "modes": [mode("bin/the-tool-of-a-layer"), mode("settings")],
    "libraries": os.environ["LD_LIBRARY_PATH"].split(":")[-1] == opt + "/lib",
    "settings": open(opt + "/settings").read(),
    "link": os.readlink(opt + "/current"),
    "all": sorted(os.listdir(opt)),
}))
next()
"#,
    );
    let first = packed(
        &folder,
        "first.zip",
        &[("bin/the-tool-of-a-layer", EXECUTABLE, "#!/bin/sh\nprintf tool"), ("settings", PLAIN, "first")],
    );
    let second = folder.path().join("second");
    fs::create_dir(&second).unwrap();
    fs::write(second.join("settings"), "second").unwrap();
    fs::set_permissions(second.join("settings"), fs::Permissions::from_mode(0o640)).unwrap();
    let third = packed(&folder, "third.zip", &[("lib/data", PLAIN, ""), ("current", LINK, "settings")]);
    let (bootstrap, second) = (bootstrap.to_str().unwrap(), second.to_str().unwrap());
    let arguments = ["--bootstrap", bootstrap, "--layer", &first, "--layer", second, "--layer", &third];
    let expected = serde_json::json!({
        "tool": "tool",
        "modes": ["755", "640"],
        "libraries": true,
        "settings": "second",
        "link": "settings",
        "all": ["bin", "current", "lib", "settings"],
    });
    assert_eq!(answer(&folder, &arguments), expected);
    let arguments = ["--bootstrap", bootstrap, "--layer", &third, "--layer", second, "--layer", &first];
    assert_eq!(answer(&folder, &arguments)["settings"], "first");
}

#[test]
fn a_bootstrap_may_come_from_a_layer() {
    let folder = Folder::new();
    let package = packed(&folder, "data.zip", &[("data", PLAIN, "")]);
    let layer = echo(&folder);
    assert_eq!(answer(&folder, &["--zip", &package, "--layer", &layer]), serde_json::json!({}));
}

#[test]
fn a_package_without_a_bootstrap_is_told_where_it_should_be() {
    let folder = Folder::new();
    let none = packed(&folder, "none.zip", &[("main", EXECUTABLE, "")]);
    let message = refusal(&folder, &["--zip", &none]);
    assert_eq!(message, "error: there is no file bootstrap at the root of none.zip and none in a layer");
    let deep = packed(&folder, "deep.zip", &[("target/f/bootstrap", EXECUTABLE, ""), ("a/b", PLAIN, "")]);
    let message = refusal(&folder, &["--zip", &deep]);
    let expected = "there is no file bootstrap at the root of deep.zip, where Lambda looks for it, but target/f/bootstrap";
    assert_eq!(message, format!("error: {expected}"));
}

#[test]
fn what_leads_out_of_the_folder_is_refused_and_nothing_is_written() {
    let folder = Folder::new();
    let stray = folder.path().join("stray");
    let absolute = stray.to_str().unwrap();
    let good = echo(&folder);
    for (name, entry) in [
        ("up.zip", ("../stray", PLAIN, "")),
        ("inner.zip", ("lib/../../stray", PLAIN, "")),
        ("absolute.zip", (absolute, PLAIN, "")),
        ("link.zip", ("link", LINK, "../stray")),
        ("absolute-link.zip", ("link", LINK, absolute)),
    ] {
        let bad = packed(&folder, name, &[("bootstrap", EXECUTABLE, ""), entry]);
        for arguments in [&["--zip", &bad][..], &["--zip", &good, "--layer", &bad]] {
            let message = refusal(&folder, arguments);
            assert!(message.contains(name) && message.contains("the folder"), "{message}");
        }
    }
    assert!(!stray.exists());
}

#[test]
fn a_zip_that_becomes_too_large_is_refused() {
    let folder = Folder::new();
    let bomb = folder.path().join("bomb.zip");
    let script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as zip:\n    \
        zip.writestr('bootstrap', bytes(262144001))";
    assert!(Command::new("python3").args(["-c", script]).arg(&bomb).status().unwrap().success());
    assert!(fs::metadata(&bomb).unwrap().len() < 1_000_000);
    let message = refusal(&folder, &["--zip", bomb.to_str().unwrap()]);
    assert_eq!(message, "error: Unzipped size must be smaller than 262144000 bytes");
}

#[test]
fn the_code_and_the_layers_together_may_not_be_too_large() {
    let folder = Folder::new();
    let layer = folder.path().join("layer");
    fs::create_dir(&layer).unwrap();
    // There is nothing in it on the disk.
    fs::File::create(layer.join("large")).unwrap().set_len(262_144_000).unwrap();
    let (package, layer) = (echo(&folder), layer.to_str().unwrap());
    let message = refusal(&folder, &["--zip", &package, "--layer", layer]);
    assert_eq!(message, "error: Unzipped size must be smaller than 262144000 bytes");
}

#[test]
fn what_is_no_package_or_no_layer_is_named() {
    let folder = Folder::new();
    let package = echo(&folder);
    let text = folder.file("text", "no zip").to_str().unwrap().to_owned();
    let missing = folder.path().join("missing").to_str().unwrap().to_owned();
    let task: PathBuf = folder.path().join("task");
    fs::create_dir(&task).unwrap();
    let task = task.to_str().unwrap();
    for (arguments, reason) in [
        (&["--zip", &text][..], "error: text is not a zip, or damaged"),
        (&["--zip", &missing], "error: cannot read missing"),
        (&["--zip", task], "error: task is a folder and no zip: it can be run with --bootstrap"),
        (&["--zip", &package, "--layer", &text], "error: text is not a zip, or damaged"),
        (&["--zip", &package, "--layer", &missing], "error: cannot read missing"),
    ] {
        let message = refusal(&folder, arguments);
        assert!(message.starts_with(reason), "{message}");
    }
    let six: Vec<_> = ["--layer", task].repeat(6);
    let message = refusal(&folder, &[&["--zip", &package][..], &six].concat());
    assert_eq!(message, "error: there are 6 layers, and Lambda takes 5 at most");
    assert_eq!(answer(&folder, &[&["--zip", &package][..], &six[2..]].concat()), serde_json::json!({}));
}

#[tokio::test]
async fn a_served_package_keeps_its_layers_and_runs_again_when_it_changes() {
    let folder = Folder::new();
    let says = |text: &str| {
        let lines = "opt = os.environ['LD_LIBRARY_PATH'].split(':')[-1].removesuffix('/lib')\nwhile True:\n    \
            request_id, event = next()\n    respond(request_id, json.dumps(['";
        python(&format!("{lines}{text}', open(opt + '/settings').read()]))"))
    };
    let layer = packed(&folder, "layer.zip", &[("settings", PLAIN, "on")]);
    // Whatever it is called.
    let package = packed(&folder, "package", &[("bootstrap", EXECUTABLE, &says("old"))]);
    let arguments = ["--zip", &package, "--layer", &layer, "--name", "f", "--timeout", "1m"];
    let server = Server::start(&arguments, 1, Stdio::null()).await;
    assert_eq!(server.invoke("f", "1").await.text(), "[\"old\", \"on\"]");
    packed(&folder, "next", &[("bootstrap", EXECUTABLE, &says("newer"))]);
    fs::rename(folder.path().join("next"), &package).unwrap();
    soon(async {
        while server.invoke("f", "1").await.text() != "[\"newer\", \"on\"]" {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(server.stop(Signal::INT).await.0, Some(0));
}
