package com.example;

import dev.slipway.build.BuiltImage;
import dev.slipway.build.DockerTools;
import dev.slipway.build.LayeredImageArguments;
import dev.slipway.build.Progress;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonObject;
import dev.slipway.store.StoreLocation;
import dev.slipway.store.StorePath;
import dev.slipway.store.StoreSettings;
import dev.slipway.store.Stores;
import dev.slipway.store.WritableStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/** Builds the image {@code hello} from a folder. */
public final class ImageBuilder {
  private ImageBuilder() {}

  /** Takes the folder and the archive that is to be written. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Path archive = Path.of(arguments[1]);
    Path work = Files.createDirectories(Path.of("target/slipway"));

    StoreSettings settings = StoreSettings.of(work.resolve("store"), Clock.systemUTC());
    try (WritableStore store = Stores.openWritable(new StoreLocation.Embedded(), settings)) {
      StorePath root = store.addPath("rootfs", folder);
      DockerTools tools = new DockerTools(DockerTools.Settings.defaults(store, work));
      LayeredImageArguments hello =
          LayeredImageArguments.named("hello", "amd64")
              .tag("latest")
              .contents(List.of(root.toString()))
              .config(JsonObject.EMPTY.with("Cmd", JsonArray.ofStrings(List.of("/bin/hello"))))
              .build();
      BuiltImage image = tools.buildLayeredImage(hello, archive, Progress.NONE);
      System.out.println(image.name() + ":" + image.tag() + " is " + image.configDigest());
    }
  }
}
