package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.layer.Layer;
import dev.slipway.layer.TarDialect;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarWriter;
import dev.slipway.oci.Digest;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.PythonJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes the docker archive of a layered image as dockerTools' stream program does with Python's
 * {@code tarfile}: layers from the bottom, config, manifest, and no directories. Layers are added
 * one by one, as they become known; what is added is written at once.
 */
public final class LayeredArchiveWriter {
  private static final RawName NOBODY = RawName.of("");
  private static final RawName ROOT = RawName.of("root");

  private final TarWriter tar;
  private final long mtime;
  private final List<String> layers = new ArrayList<>();
  private final Set<RawName> files = new HashSet<>();

  /**
   * A writer that has written nothing.
   *
   * @param out what is written to; it is not closed
   * @param mtime what new members carry, in seconds since 1970
   */
  public LayeredArchiveWriter(WritableByteChannel out, long mtime) {
    this.tar = new TarWriter(out, TarDialect.PAX);
    this.mtime = mtime;
  }

  /**
   * Adds a layer of the base image: under its old name and header if it lies uncompressed in a
   * docker archive, else as a new one. A link stays one if what it points to has been written.
   *
   * @return the name of its member, which is what the image's history calls it
   * @throws IOException if the layer cannot be read, or the archive not written
   */
  public String baseLayer(ArchivedLayer layer) throws IOException {
    if (layer.form() != ArchivedLayer.Form.DOCKER) {
      return storeLayer(layer.layer());
    }
    TarMember member = layer.member();
    boolean link = !member.equals(layer.file());
    boolean kept = !link || files.contains(layer.fileName());
    TarMember source = kept ? member : layer.file();
    RawName stored = source.header().name();
    Map<String, RawName> records = source.paxRecords();
    RawName name = RawName.of(layer.memberName());
    if (name.equals(stored)) {
      name = stored;
    } else {
      records = new LinkedHashMap<>(records);
      records.remove("path");
    }
    tar.header(named(source.header(), name), records);
    if (!kept || !link) {
      tar.write(layer.layer().tar());
    }
    return added(layer.memberName());
  }

  /** What {@link #baseLayer} would call this layer. */
  public static String nameOf(ArchivedLayer layer) {
    return layer.form() == ArchivedLayer.Form.DOCKER ? layer.memberName() : nameOf(layer.layer());
  }

  private static String nameOf(Layer layer) {
    return layer.diffId().value().hex() + "/layer.tar";
  }

  /**
   * Adds a layer of store paths.
   *
   * @return the name of its member
   * @throws IOException if the layer cannot be read, or the archive not written
   */
  public String storeLayer(Layer layer) throws IOException {
    return newLayer(layer, 0644, NOBODY);
  }

  /**
   * Adds the layer on top, whose member looks as if it was copied from root's store.
   *
   * @return the name of its member
   * @throws IOException if the layer cannot be read, or the archive not written
   */
  public String customisationLayer(Layer layer) throws IOException {
    return newLayer(layer, 0444, ROOT);
  }

  private String newLayer(Layer layer, int mode, RawName owner) throws IOException {
    String name = nameOf(layer);
    tar.header(file(name, mode, owner, layer.tar().size()));
    tar.write(layer.tar());
    return added(name);
  }

  private String added(String name) {
    layers.add(name);
    RawName place = MemberName.of(RawName.of(name));
    if (place != null) {
      files.add(place);
    }
    return name;
  }

  /**
   * Adds config and manifest and ends the archive.
   *
   * @param config the image's config
   * @param repoTag the image's name and tag
   * @throws IOException if the archive cannot be written
   */
  public void finish(byte[] config, String repoTag) throws IOException {
    String configName = Digest.of(config).hex() + ".json";
    document(configName, config);
    JsonObject image =
        JsonObject.EMPTY
            .with("Config", configName)
            .with("RepoTags", JsonArray.ofStrings(List.of(repoTag)))
            .with("Layers", JsonArray.ofStrings(layers));
    document("manifest.json", PythonJson.write(new JsonArray(List.of(image))));
    tar.finish();
  }

  private void document(String name, byte[] content) throws IOException {
    tar.header(file(name, 0644, NOBODY, content.length));
    tar.write(ByteBuffer.wrap(content));
  }

  private TarHeader file(String name, int mode, RawName owner, long size) {
    return new TarHeader(
        TarHeader.Type.REGULAR,
        RawName.of(name),
        mode,
        0,
        0,
        owner,
        owner,
        size,
        mtime,
        RawName.of(""),
        0,
        0);
  }

  private static TarHeader named(TarHeader header, RawName name) {
    return new TarHeader(
        header.type(),
        name,
        header.mode(),
        header.uid(),
        header.gid(),
        header.userName(),
        header.groupName(),
        header.size(),
        header.mtime(),
        header.linkName(),
        header.deviceMajor(),
        header.deviceMinor());
  }
}
