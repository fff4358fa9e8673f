package dev.slipway.build;

import dev.slipway.files.os.FileTree;
import dev.slipway.sandbox.PlainSandbox;
import dev.slipway.sandbox.Script;
import dev.slipway.sandbox.TarSource;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;

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
    String storeDir = settings.store().storeDir();
    Script script =
        new Script(
            name,
            text,
            settings.scripts().shell(),
            settings.scripts().path(),
            Map.of(
                "SOURCE_DATE_EPOCH",
                Long.toString(settings.sourceDateEpoch()),
                "NIX_STORE",
                storeDir));
    Script.VisibleStore store = new Script.VisibleStore(storeDir, settings.store().folders());
    sandbox.run(script, root, Optional.of(store));
    return root;
  }
}
