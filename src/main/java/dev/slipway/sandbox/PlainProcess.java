package dev.slipway.sandbox;

import dev.slipway.files.os.FileTree;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Runs a script in a folder the way Nix' stdenv does: bash with {@code -e -o pipefail}, umask 022,
 * a clean environment. It runs as an ordinary user whoever calls, so that root makes no other files
 * of it than anybody else. Where the store does not lie at its logical place, the script runs in a
 * mount namespace in which it does.
 *
 * @param home a folder for what that takes; nothing stays in it
 * @param output hears each line that the script prints
 */
record PlainProcess(Path home, Consumer<String> output) {
  /**
   * Puts a root together from what the real one holds, with the store in its place, and runs the
   * rest of the arguments in it. All of it lies in the namespace and is gone with it.
   */
  private static final String WITH_STORE =
      """
      set -e
      root=$1 store_dir=$2 store=$3 folder=$4 script_path=$PATH
      PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
      shift 4
      # Binds what $1 holds into the folder $root$1, but for the way to the store, which is made anew.
      populate() {
        for entry in "$1"/* "$1"/.[!.]*; do
          [ -e "$entry" ] || [ -L "$entry" ] || continue
          if [ "$entry" = "$store_dir" ]; then
            continue
          elif [ -L "$entry" ]; then
            cp -P "$entry" "$root$entry"
          elif [ -d "$entry" ]; then
            mkdir "$root$entry"
            case "$store_dir" in
              "$entry"/*) populate "$entry" ;;
              *) mount --rbind "$entry" "$root$entry" ;;
            esac
          else
            : > "$root$entry"
            mount --bind "$entry" "$root$entry"
          fi
        done
      }
      mount -t tmpfs -o mode=755 slipway "$root"
      populate ''
      mkdir -p "$root$store_dir"
      case "$store" in
        *:*) mount -t overlay -o "ro,lowerdir=$store" slipway "$root$store_dir" ;;
        *) mount --bind "$store" "$root$store_dir" ;;
      esac
      cd "$root"
      set -- /bin/sh -c 'cd "$1" && PATH=$2 && shift 2 && exec "$@"' \
        sh "$folder" "$script_path" "$@"
      # In a chroot, the kernel would not let the script be another user.
      if pivot_root . . 2>/dev/null; then
        umount -l .
        exec "$@"
      fi
      exec chroot . "$@"
      """;

  /**
   * Runs the rest of the arguments as Nix runs a builder: as user 1000 of group 100, who own what
   * the caller owns, and who may not do what only root may. In a PID namespace, whose processes all
   * end with the first, nothing stays in the background. Where the kernel refuses that, root at
   * least gives up what it may do; anybody else may do nothing anyway. Where {@code $1} says so, it
   * ends when the thread that has started it does, as it does when the caller is killed.
   */
  private static final String AS_BUILDER =
      """
      script_path=$PATH
      PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
      umask 022
      last=
      if [ "$1" = yes ] && setpriv --pdeathsig KILL true 2>/dev/null; then
        last='setpriv --pdeathsig KILL'
      fi
      shift
      set -- env -u OLDPWD PATH="$script_path" "$@"
      if unshare --user --map-user=1000 --map-group=100 --pid --fork true 2>/dev/null; then
        exec $last unshare --user --map-user=1000 --map-group=100 --pid --fork --kill-child=KILL "$@"
      elif setpriv --bounding-set=-all --inh-caps=-all true 2>/dev/null; then
        exec $last setpriv --bounding-set=-all --inh-caps=-all "$@"
      fi
      exec $last "$@"
      """;

  /**
   * Runs {@code script} in {@code folder} and waits for its end.
   *
   * @param store the store that the script sees at its logical place, if it may name any
   * @param time how long it may take; if empty, for ever
   * @throws ScriptFailedException if it ends with another status than 0
   * @throws ScriptTimedOutException if it takes longer
   * @throws ImageException if it names a store path and the store cannot be shown to it
   * @throws IOException if it cannot be started
   * @throws InterruptedException if the wait is interrupted; the script is ended then
   */
  void run(Script script, Path folder, Optional<Script.VisibleStore> store, Optional<Duration> time)
      throws IOException, InterruptedException {
    Path own = Files.createDirectory(home.resolve("script"));
    try {
      Path text = Files.writeString(own.resolve("script"), script.text() + "\n");
      Path scratch = Files.createDirectory(own.resolve("tmp"));
      List<String> command =
          new ArrayList<>(
              List.of(
                  "/bin/sh",
                  "-c",
                  AS_BUILDER,
                  "sh",
                  // The thread that carries a virtual one may end before it.
                  Thread.currentThread().isVirtual() ? "no" : "yes",
                  script.shell(),
                  "-e",
                  "-o",
                  "pipefail",
                  text.toString()));
      if (store.isPresent() && !isInPlace(store.get())) {
        command = withStore(script, store.get(), own, folder, command);
      }
      // A session of its own can be ended at once, and has no terminal: the caller's would take
      // what
      // is typed from a script.
      command.addFirst("setsid");
      ProcessBuilder builder =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
      Map<String, String> environment = builder.environment();
      environment.clear();
      environment.putAll(script.environment());
      environment.put("PATH", String.join(":", script.path()));
      environment.put("HOME", "/homeless-shelter");
      for (String name : List.of("TMPDIR", "TEMPDIR", "TMP", "TEMP")) {
        environment.put(name, scratch.toString());
      }
      await(script, builder, time);
    } finally {
      FileTree.delete(own);
    }
  }

  private static boolean isInPlace(Script.VisibleStore store) throws IOException {
    Path place = Path.of(store.storeDir());
    List<Path> there = store.folders().stream().filter(Files::isDirectory).toList();
    return there.size() == 1
        && Files.isDirectory(place)
        && Files.isSameFile(place, there.getFirst());
  }

  private static List<String> withStore(
      Script script, Script.VisibleStore store, Path own, Path folder, List<String> command)
      throws IOException, InterruptedException {
    List<String> unshare =
        List.of("unshare", "--user", "--map-root-user", "--mount", "--propagation", "private");
    if (isRoot(own)) {
      unshare = List.of("unshare", "--mount", "--propagation", "private");
    }
    Path root = Files.createDirectory(own.resolve("root"));
    String folders =
        store.folders().stream()
            .filter(Files::isDirectory)
            .map(Path::toString)
            .collect(Collectors.joining(":"));
    if (folders.isEmpty()) {
      // A store that nothing was added to yet.
      folders = Files.createDirectory(own.resolve("store")).toString();
    }
    List<String> wrapped = new ArrayList<>(unshare);
    wrapped.addAll(
        List.of(
            "/bin/sh",
            "-c",
            WITH_STORE,
            "sh",
            root.toString(),
            store.storeDir(),
            folders,
            folder.toString()));
    if (!succeeds(wrapped, List.of("true"))) {
      if (script.text().contains(store.storeDir() + "/")) {
        throw new ImageException(
            script.name()
                + " names a path in "
                + store.storeDir()
                + ", but this system refuses the mount namespace in which "
                + folders
                + " could stand there");
      }
      return command;
    }
    wrapped.addAll(command);
    return wrapped;
  }

  private static boolean isRoot(Path own) throws IOException {
    return Files.getAttribute(own, "unix:uid") instanceof Integer uid && uid == 0;
  }

  private static boolean succeeds(List<String> wrapper, List<String> command)
      throws InterruptedException {
    List<String> whole = new ArrayList<>(wrapper);
    whole.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(whole)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false; // No unshare: as if the kernel had refused.
    }
  }

  private void await(Script script, ProcessBuilder builder, Optional<Duration> time)
      throws IOException, InterruptedException {
    Process process = builder.start();
    boolean ended = false;
    try {
      process.getOutputStream().close();
      OutputLines lines = new OutputLines(process.inputReader(StandardCharsets.UTF_8), output);
      if (time.isPresent() && !process.waitFor(time.get().toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        endSession(process);
        throw new ScriptTimedOutException(script.name(), time.get(), lines.last());
      }
      int status = process.waitFor();
      // What the script left running in the background must not hold on to the tree or to the pipe.
      endSession(process);
      ended = true;
      List<String> last = lines.last();
      if (status != 0) {
        throw new ScriptFailedException(script.name(), status, last);
      }
    } finally {
      if (!ended) {
        process.destroyForcibly();
        endSession(process);
      }
    }
  }

  private static void endSession(Process leader) throws IOException {
    new ProcessBuilder("/bin/sh", "-c", "kill -KILL -" + leader.pid() + " 2>/dev/null")
        .start()
        .onExit()
        .join();
  }
}
