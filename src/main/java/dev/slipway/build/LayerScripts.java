package dev.slipway.build;

import dev.slipway.layer.TreeNode;
import dev.slipway.sandbox.Changeset;
import dev.slipway.sandbox.PlainSandbox;
import dev.slipway.sandbox.Sandbox;
import dev.slipway.sandbox.SandboxSettings;
import dev.slipway.sandbox.Script;
import dev.slipway.sandbox.ScriptRun;
import dev.slipway.sandbox.TarSource;
import dev.slipway.sandbox.View;
import dev.slipway.store.Closure;
import dev.slipway.store.StorePath;
import java.io.Closeable;
import java.io.IOException;
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
   * Runs a script as an ordinary user.
   *
   * @param name what the script is called in errors
   * @param tar the layer as it is before
   * @param uid the number of whom all of the layer belongs to afterwards
   * @param gid their group's number
   * @return the layer as the script has left it
   */
  TreeNode.Directory run(String name, String text, TarSource tar, long uid, long gid)
      throws IOException, InterruptedException {
    SandboxSettings means =
        new SandboxSettings(
            settings.temporary(),
            Optional.empty(),
            SandboxSettings.CACHE_BYTES,
            settings.rules().keepFailed(),
            progress::output,
            progress::warning);
    ScriptRun run =
        new ScriptRun(
            script(name, text),
            new View.Beside(),
            tar,
            Optional.empty(),
            Optional.of(visibleStore()),
            new ScriptRun.Limits(
                OptionalLong.empty(), OptionalLong.empty(), settings.rules().time()),
            ScriptRun.Network.HOST);
    return left(new PlainSandbox(means, uid, gid), run);
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
    return left(settings.sandboxes().sandbox(settings.temporary(), progress), run);
  }

  private TreeNode.Directory left(Sandbox sandbox, ScriptRun run)
      throws IOException, InterruptedException {
    Changeset changes = sandbox.run(run);
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
