package dev.slipway.transport;

import dev.slipway.oci.CompactJson;
import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.RawMembers;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * A docker archive as containers/image 5.22 writes it ({@code docker/internal/tarfile/writer.go}):
 * layers, config, a folder for each layer as Docker had them before 2016, and the two documents
 * that name them. Hashes of {@code pullImage} depend on every byte.
 */
final class SkopeoArchive {
  /** What the last layer's folder says of the whole image. */
  private static final List<String> OF_THE_IMAGE =
      List.of(
          "architecture",
          "config",
          "container",
          "container_config",
          "created",
          "docker_version",
          "os");

  private final GoTarWriter tar;
  private final byte[] config;
  private final List<PulledLayer> layers;
  private final LongConsumer progress;

  SkopeoArchive(
      WritableByteChannel out, byte[] config, List<PulledLayer> layers, LongConsumer progress) {
    this.tar = new GoTarWriter(out);
    this.config = config;
    this.layers = layers;
    this.progress = progress;
  }

  void write(ImageReference name) throws IOException {
    Set<DiffId> written = new LinkedHashSet<>();
    for (PulledLayer layer : layers) {
      if (written.add(layer.diffId())) {
        tar.file(fileName(layer), layer.size(), layer::writeTo);
        progress.accept(layer.size());
      } else {
        progress.accept(0);
      }
    }
    String configName = Digest.of(config).hex() + ".json";
    tar.file(configName, config);
    String last = writeFolders();
    tar.file("manifest.json", CompactJson.write(manifest(configName, name)));
    tar.file("repositories", CompactJson.write(repositories(name, last)));
    tar.finish();
  }

  private static String fileName(PulledLayer layer) {
    return layer.diffId().value().hex() + ".tar";
  }

  /** Writes the folders; the name of the last one, empty if there is none. */
  private String writeFolders() throws IOException {
    Set<String> written = new LinkedHashSet<>();
    String parent = "";
    String chain = "";
    for (int i = 0; i < layers.size(); i++) {
      PulledLayer layer = layers.get(i);
      // OCI image specification, config.md, "Layer ChainID".
      chain =
          chain.isEmpty()
              ? layer.diffId().toString()
              : Digest.of(bytes(chain + " " + layer.diffId())).toString();
      SortedMap<String, byte[]> members = new TreeMap<>();
      if (!parent.isEmpty()) {
        members.put("parent", quoted(parent));
      }
      if (i == layers.size() - 1) {
        Map<String, byte[]> known = RawMembers.compact(config);
        for (String key : OF_THE_IMAGE) {
          members.put(key, known.getOrDefault(key, bytes("null")));
        }
      }
      members.put("layer_id", quoted(chain));
      String id = Digest.of(RawMembers.join(members)).hex();
      members.remove("layer_id");
      members.put("id", quoted(id));
      if (written.add(id)) {
        tar.link(id + "/layer.tar", "../" + fileName(layer));
        tar.file(id + "/VERSION", bytes("1.0"));
        tar.file(id + "/json", RawMembers.join(members));
      }
      parent = id;
    }
    return parent;
  }

  private JsonArray manifest(String configName, ImageReference name) {
    return new JsonArray(
        List.<JsonValue>of(
            JsonObject.EMPTY
                .with("Config", configName)
                .with("RepoTags", JsonArray.ofStrings(List.of(name.toString())))
                .with(
                    "Layers",
                    JsonArray.ofStrings(layers.stream().map(SkopeoArchive::fileName).toList()))));
  }

  private static JsonObject repositories(ImageReference name, String last) {
    return last.isEmpty()
        ? JsonObject.EMPTY
        : JsonObject.EMPTY.with(
            name.repository().toString(), JsonObject.EMPTY.with(name.tag().orElseThrow(), last));
  }

  private static byte[] quoted(String text) {
    return CompactJson.write(new JsonString(text));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
