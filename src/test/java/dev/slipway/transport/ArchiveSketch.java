package dev.slipway.transport;

import dev.slipway.layer.RawTar;
import dev.slipway.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A docker archive with the parts that a test does not care about filled in. */
final class ArchiveSketch {
  private final List<String> diffIds = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private final RawTar tar;

  ArchiveSketch() {
    this(new RawTar());
  }

  /** Goes on where {@code tar} is. */
  ArchiveSketch(RawTar tar) {
    this.tar = tar;
  }

  /** A layer's tar with one file. */
  static byte[] layer(String file) {
    return new RawTar().file(file, "content of " + file).end();
  }

  static Digest digest(byte[] bytes) {
    return Digest.of(bytes);
  }

  /** The archive itself, for what has no method here. */
  RawTar tar() {
    return tar;
  }

  /** Adds a layer as a file. */
  ArchiveSketch layer(String name, byte[] layer) {
    tar.longFile(name, layer);
    return listed(name, layer);
  }

  /** Lists a layer that is added otherwise, or not at all. */
  ArchiveSketch listed(String name, byte[] layer) {
    names.add(name);
    diffIds.add(digest(layer).toString());
    return this;
  }

  String config() {
    return "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":" + list(diffIds) + "}}";
  }

  String configName() {
    return digest(config().getBytes(StandardCharsets.UTF_8)).hex() + ".json";
  }

  String manifest() {
    return "[{\"Config\":\""
        + configName()
        + "\",\"RepoTags\":[\"some:tag\"],\"Layers\":"
        + list(names)
        + "}]";
  }

  private static String list(List<String> strings) {
    return strings.stream()
        .map(string -> '"' + string + '"')
        .collect(Collectors.joining(",", "[", "]"));
  }

  /** The archive with config and manifest. */
  byte[] end() {
    return tar.file(configName(), config()).file("manifest.json", manifest()).end();
  }

  /** The archive with its config and another manifest. */
  byte[] endWith(String manifest) {
    return tar.file(configName(), config()).file("manifest.json", manifest).end();
  }
}
