package dev.slipway.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.slipway.layer.RawTar;
import dev.slipway.oci.CompactJson;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.ImageManifest;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Manifest;
import dev.slipway.oci.MediaType;
import dev.slipway.oci.Platform;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/** An OCI layout that a test makes blob by blob. */
final class LayoutSketch {
  private final Map<String, byte[]> blobs = new TreeMap<>();
  private final List<Descriptor> listed = new ArrayList<>();

  static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(content);
    }
    return out.toByteArray();
  }

  static byte[] config(String architecture, byte[] tar) {
    return """
    {"architecture":"%s","os":"linux","rootfs":{"type":"layers","diff_ids":["%s"]}}\
    """
        .formatted(architecture, Digest.of(tar))
        .getBytes(UTF_8);
  }

  Descriptor blob(MediaType type, byte[] content) {
    blobs.put("blobs/sha256/" + Digest.of(content).hex(), content);
    return Descriptor.of(type, content);
  }

  /** Adds an image of one layer, compressed with gzip, without listing it. */
  Manifest image(String architecture, byte[] tar) throws IOException {
    return image(architecture, tar, blob(MediaType.OCI_LAYER_GZIP, gzip(tar)));
  }

  Manifest image(String architecture, byte[] tar, Descriptor layer) {
    Descriptor config = blob(MediaType.OCI_CONFIG, config(architecture, tar));
    Manifest manifest = ImageManifest.of(MediaType.OCI_MANIFEST, config, List.of(layer), Map.of());
    blob(manifest.mediaType(), manifest.bytes());
    return manifest;
  }

  /** Adds a list of images for these platforms, all Linux. */
  Manifest index(Map<String, Manifest> images) {
    List<Descriptor> manifests = new ArrayList<>();
    images.forEach((architecture, image) ->
        manifests.add(image.descriptor().on(new Platform("linux", architecture))));
    Manifest index = ImageIndex.of(MediaType.OCI_INDEX, manifests, Map.of());
    blob(index.mediaType(), index.bytes());
    return index;
  }

  LayoutSketch listed(String name, Manifest image) {
    return listed(image.descriptor().annotated(Map.of("org.opencontainers.image.ref.name", name)));
  }

  LayoutSketch listed(Descriptor image) {
    listed.add(image);
    return this;
  }

  private byte[] index() {
    return CompactJson.write(
        JsonObject.EMPTY
            .with("schemaVersion", JsonNumber.of(2))
            .with(
                "manifests",
                new JsonArray(listed.stream().<JsonValue>map(Descriptor::toJson).toList())));
  }

  /** Writes it as a folder. */
  Path write(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("blobs/sha256"));
    Files.writeString(folder.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.write(folder.resolve("index.json"), index());
    for (Map.Entry<String, byte[]> blob : blobs.entrySet()) {
      Files.write(folder.resolve(blob.getKey()), blob.getValue());
    }
    return folder;
  }

  /** Its bytes as a tar. */
  byte[] tar() {
    RawTar tar = new RawTar().file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    tar.file("index.json", new String(index(), UTF_8));
    blobs.forEach(tar::file);
    return tar.end();
  }
}
