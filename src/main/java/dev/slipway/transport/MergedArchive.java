package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.layer.Compression;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JqJson;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

/**
 * One docker archive with the images of several. Each archive's members keep their names; what
 * several have under one name must be the same and is stored once, with the mode that it has in the
 * first. The documents that tell of the images are joined: {@code manifest.json}, and {@code
 * repositories}, in which a later archive's entry for a name replaces an earlier one's. Those of an
 * OCI layout, which would tell of some images only, are left out.
 */
public final class MergedArchive {
  private static final String MANIFEST = "manifest.json";
  private static final String REPOSITORIES = "repositories";
  private static final int DOCUMENT_MODE = 0644;

  private final List<DockerArchive> inputs;
  private final SortedArchive archive;

  /** For each archive what it has to have in common with an earlier one. */
  private final List<List<MergedMember.Twins>> twins = new ArrayList<>();

  private final Set<String> layers = new HashSet<>();

  /**
   * Joins what these archives hold. They must stay open.
   *
   * @param inputs at least one archive
   * @param mtime what all members carry, in seconds since 1970
   * @throws ImageException if they have different things under one name, or {@code repositories} is
   *     no object
   * @throws IOException if they cannot be read
   */
  public MergedArchive(List<DockerArchive> inputs, long mtime) throws IOException {
    this.inputs = List.copyOf(inputs);
    this.archive = new SortedArchive(mtime);
    Map<RawName, MergedMember> members = new TreeMap<>();
    List<JsonValue> images = new ArrayList<>();
    JsonValue repositories = JsonNull.NULL;
    for (DockerArchive input : inputs) {
      ArchiveContent content = input.content();
      List<MergedMember.Twins> pairs = new ArrayList<>();
      twins.add(pairs);
      for (MergedMember member : content.members()) {
        MergedMember first = members.putIfAbsent(member.place(), member);
        if (first != null) {
          first.compare(member).ifPresent(pairs::add);
        }
      }
      images.addAll(content.images());
      repositories = sum(repositories, content.repositories(), content.name());
    }
    Set<String> named = layerNames(images);
    for (MergedMember member : members.values()) {
      member.addTo(archive);
      if (member instanceof MergedMember.File && named.contains(member.place().toString())) {
        layers.add(member.place().toString());
      }
    }
    archive.file(MANIFEST, DOCUMENT_MODE, JqJson.write(new JsonArray(images)));
    archive.file(REPOSITORIES, DOCUMENT_MODE, JqJson.write(repositories));
  }

  /** As jq adds values: nothing adds nothing, and of two members of one name the later counts. */
  private static JsonValue sum(JsonValue sum, JsonValue more, String archive)
      throws ImageException {
    if (more == JsonNull.NULL) {
      return sum;
    }
    if (!(more instanceof JsonObject object)) {
      throw new ImageException(
          "%s: %s: expected an object, found %s".formatted(archive, REPOSITORIES, more.kind()));
    }
    JsonObject all = sum instanceof JsonObject before ? before : JsonObject.EMPTY;
    for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
      all = all.with(member.getKey(), member.getValue());
    }
    return all;
  }

  private static Set<String> layerNames(List<JsonValue> images) {
    Set<String> names = new HashSet<>();
    for (JsonValue image : images) {
      if (image instanceof JsonObject object
          && object.members().get("Layers") instanceof JsonArray layers) {
        for (JsonValue layer : layers.elements()) {
          if (layer instanceof JsonString name) {
            names.add(name.value());
          }
        }
      }
    }
    return names;
  }

  /**
   * The images of all archives, in their order, each verified.
   *
   * @throws ImageException if a layer is no layer or not its diff ID
   * @throws IOException if an archive cannot be read
   */
  public List<ArchivedImage> images() throws IOException {
    return verify(new AtomicBoolean());
  }

  /** How many different layers are written. */
  public int layers() {
    return layers.size();
  }

  /** How the last of the archives is compressed, as the result should be. */
  public Compression compression() {
    return inputs.getLast().compression();
  }

  /**
   * Writes the archive, uncompressed. Meanwhile the layers of all images are held against their
   * diff IDs, and those of one name against each other; where one differs, what was written is of
   * no use.
   *
   * @param out where it goes; it stays open
   * @param progress is told the size of each layer that has been written
   * @return the images in it, in their order
   * @throws DigestMismatchException if a layer is not its diff ID
   * @throws ImageException if two layers of one name differ
   * @throws IOException if an archive cannot be read, or the result not written
   */
  public List<ArchivedImage> writeTo(WritableByteChannel out, LongConsumer progress)
      throws IOException {
    return BackgroundCheck.during(
        this::verify,
        () ->
            archive.writeTo(
                out,
                (place, size) -> {
                  if (layers.contains(place)) {
                    progress.accept(size);
                  }
                }));
  }

  private List<ArchivedImage> verify(AtomicBoolean cancelled) throws IOException {
    List<ArchivedImage> images = new ArrayList<>();
    List<MergedMember.Twins> open = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      for (MergedMember.Twins pair : twins.get(i)) {
        if (cancelled.get()) {
          return images; // Nobody looks at them.
        }
        if (!pair.settle()) {
          open.add(pair);
        }
      }
      images.addAll(inputs.get(i).images(cancelled));
    }
    for (MergedMember.Twins pair : open) {
      pair.check();
    }
    return images;
  }
}
