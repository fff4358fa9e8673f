package dev.slipway.bench;

import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import java.nio.file.Path;

/** {@code JibPeer ROOT OUT STORE-PATH…}: an image with a layer for each store path, by jib-core. */
public final class JibPeer {
  private JibPeer() {}

  /** Writes the image. */
  public static void main(String[] args) throws Exception {
    Path root = Path.of(args[0]);
    Path out = Path.of(args[1]);
    JibContainerBuilder image = Jib.fromScratch();
    for (int i = 2; i < args.length; i++) {
      image.addFileEntriesLayer(
          FileEntriesLayer.builder()
              .setName(args[i])
              .addEntryRecursive(root.resolve(args[i].substring(1)), AbsoluteUnixPath.get(args[i]))
              .build());
    }
    Path cache = out.resolveSibling("jib-cache");
    image.containerize(
        Containerizer.to(TarImage.at(out).named("big:1"))
            .setApplicationLayersCache(cache)
            .setBaseImageLayersCache(cache)
            .setOfflineMode(true));
    System.exit(0); // Its threads would go on waiting for work.
  }
}
