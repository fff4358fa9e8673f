package dev.slipway.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.Zstd;
import dev.slipway.layer.Compression;
import dev.slipway.layer.RawTar;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageManifest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.MediaType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** A small image, made for a registry. */
public final class TestImage {
  private final boolean docker;
  private final List<Descriptor> layers = new ArrayList<>();
  private final List<String> diffIds = new ArrayList<>();
  private final Map<Digest, byte[]> blobs = new HashMap<>();
  private String config =
      """
      {"architecture": "amd64", "os": "linux", "created": "2020-01-01T00:00:00Z",
       "config": {"Env": ["A=<b>&c", "SEPARATOR\u00e9\\u0041", "\\\\\\""], "Cmd": [ "/a" ]},
       "history": [{"created_by": "x"}, {"empty_layer": true}], "size": 1.0e5,
       "rootfs": {"type": "layers", "diff_ids": [DIFF_IDS]}}
      """
          .replace("SEPARATOR", "\u2028");

  /** An image without layers, with Docker's media types or OCI's. */
  public TestImage(boolean docker) {
    this.docker = docker;
  }

  /** A tar with one file. */
  public static byte[] tar(String name, int size) {
    return new RawTar().file(name, new byte[size]).end();
  }

  /** A tar without any. */
  public static byte[] emptyTar() {
    return new byte[10240];
  }

  /** Puts a layer on top. */
  public TestImage layer(byte[] tar, Compression compression) {
    String tail =
        switch (compression) {
          case NONE -> "";
          case GZIP -> docker ? ".gzip" : "+gzip";
          case ZSTD -> docker ? ".zstd" : "+zstd";
        };
    String base = (docker ? MediaType.DOCKER_LAYER : MediaType.OCI_LAYER).value();
    diffIds.add("\"" + Digest.of(tar) + "\"");
    layers.add(add(new MediaType(base + tail), compress(tar, compression)));
    return this;
  }

  /** Has this for its config, in which DIFF_IDS stands for what the layers are. */
  public TestImage config(String json) {
    config = json;
    return this;
  }

  private Descriptor add(MediaType type, byte[] bytes) {
    Descriptor descriptor = Descriptor.of(type, bytes);
    blobs.put(descriptor.digest(), bytes);
    return descriptor;
  }

  private static byte[] compress(byte[] tar, Compression compression) {
    return switch (compression) {
      case NONE -> tar;
      case ZSTD -> Zstd.compress(tar);
      case GZIP -> {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
          gzip.write(tar);
        } catch (IOException e) {
          throw new AssertionError(e);
        }
        yield out.toByteArray();
      }
    };
  }

  /** The image's manifest, once it has all its layers. */
  public ImageManifest manifest() {
    byte[] bytes = config.replace("DIFF_IDS", String.join(",", diffIds)).getBytes(UTF_8);
    return ImageManifest.of(
        docker ? MediaType.DOCKER_MANIFEST : MediaType.OCI_MANIFEST,
        add(docker ? MediaType.DOCKER_CONFIG : MediaType.OCI_CONFIG, bytes),
        layers,
        Map.of());
  }

  /** Puts it into a registry. */
  public ImageManifest addTo(FakeRegistry registry, String tag) {
    ImageManifest manifest = manifest();
    blobs.values().forEach(registry::add);
    FakeRegistry.Document document =
        new FakeRegistry.Document(manifest.mediaType(), manifest.bytes());
    registry.manifests.put(tag, document);
    registry.manifests.put(manifest.digest().toString(), document);
    return manifest;
  }

  /** Pushes it. */
  public ImageManifest push(RegistryClient client, ImageReference reference) throws IOException {
    ImageManifest manifest = manifest();
    List<Descriptor> all = new ArrayList<>(manifest.layers());
    all.add(manifest.config());
    for (Descriptor each : all) {
      byte[] bytes = blobs.getOrDefault(each.digest(), new byte[0]);
      client.uploadBlob(
          reference.repository(),
          each,
          offset -> new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset));
    }
    client.putManifest(reference, manifest);
    return manifest;
  }
}
