package dev.slipway.build;

import dev.slipway.files.os.FileTree;
import dev.slipway.layer.TreeNode;
import dev.slipway.sandbox.Changeset;
import dev.slipway.sandbox.PlainSandbox;
import dev.slipway.sandbox.Script;
import dev.slipway.sandbox.ScriptFailedException;
import dev.slipway.sandbox.ScriptRun;
import dev.slipway.sandbox.ScriptTimedOutException;
import dev.slipway.sandbox.TarSource;
import dev.slipway.sandbox.View;
import dev.slipway.store.Closure;
import dev.slipway.store.StorePath;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Runs the scripts that change a layer before it is packed.
 *
 * @param settings what they are run with
 * @param progress hears what they print
 * @param resources gets what deletes the files they have worked on
 */
record LayerScripts(DockerTools.Settings settings, Progress progress, Deque<Closeable> resources) {
  /**
   * Runs a script in a private copy of a layer.
   *
   * @param name what the script is called in errors
   * @param tar the layer as it is before
   * @return the copy as the script has left it
   */
  Path run(String name, String text, TarSource tar) throws IOException, InterruptedException {
    Path copy = Files.createTempDirectory(settings.temporary(), "slipway-layer.");
    resources.push(() -> FileTree.delete(copy));
    Path root = Files.createDirectory(copy.resolve("root"));
    PlainSandbox sandbox = new PlainSandbox(settings.temporary(), progress::output);
    sandbox.unpack(tar, root);
    try {
      sandbox.run(script(name, text), root, Optional.of(visibleStore()), settings.rules().time());
    } catch (ScriptFailedException | ScriptTimedOutException e) {
      if (settings.rules().keepFailed().isPresent()) {
        Path kept =
            Files.createTempDirectory(settings.rules().keepFailed().get(), "slipway-failed.");
        Path tree = Files.move(root, kept.resolve("tree"));
        progress.warning("what " + name + " has left is kept in " + tree);
      }
      throw e;
    }
    return root;
  }

  /**
   * Runs a script as root.
   *
   * @param name what the script is called in errors
   * @param view what it sees
   * @param tar the layer as it is before
   * @param afterwards a script to run in the layer's folder when it has ended, called as given
   * @param closure the store's objects that the scripts may need
   * @param diskBytes the room for the layer, if there is a bound
   * @param memoryBytes the memory for the script, if there is a bound
   * @return the layer as both have left it
   */
  TreeNode.Directory runAsRoot(
      String name,
      String text,
      View view,
      TarSource tar,
      Optional<Script> afterwards,
      Closure closure,
      OptionalLong diskBytes,
      OptionalLong memoryBytes)
      throws IOException, InterruptedException {
    ScriptRun run =
        new ScriptRun(
            script(name, text),
            view,
            tar,
            afterwards,
            Optional.of(visibleStore(closure)),
            new ScriptRun.Limits(diskBytes, memoryBytes, settings.rules().time()),
            settings.rules().network());
    Changeset changes = settings.sandboxes().sandbox(settings.temporary(), progress).run(run);
    resources.push(changes);
    return changes.tree();
  }

  /** A script with what all scripts of a build are run with. */
  Script script(String name, String text) {
    return new Script(
        name,
        text,
        settings.scripts().shell(),
        settings.scripts().path(),
        Map.of(
            "SOURCE_DATE_EPOCH",
            Long.toString(settings.sourceDateEpoch()),
            "NIX_STORE",
            settings.store().storeDir()));
  }

  private Script.VisibleStore visibleStore() {
    return new Script.VisibleStore(settings.store().storeDir(), settings.store().folders());
  }

  private Script.VisibleStore visibleStore(Closure closure) {
    List<String> objects = closure.paths().stream().map(StorePath::baseName).toList();
    return new Script.VisibleStore(
        settings.store().storeDir(), settings.store().folders(), Optional.of(objects));
  }
}
