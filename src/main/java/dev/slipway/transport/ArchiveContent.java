package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * All that an archive holds, to be put into another.
 *
 * @param name the archive, for messages
 * @param members what is in it, but for the documents that tell of images
 * @param images the entries of its manifest
 * @param repositories what its {@code repositories} says; null if it has none
 */
record ArchiveContent(
    String name, Collection<MergedMember> members, List<JsonValue> images, JsonValue repositories) {
  private static final List<RawName> DOCUMENTS =
      List.of(
          RawName.of("manifest.json"),
          RawName.of("repositories"),
          RawName.of("index.json"),
          RawName.of("oci-layout"));
  private static final int PARENT_MODE = 0755;

  static ArchiveContent of(
      ArchiveFile file, ArchiveIndex index, LayerVerifier verifier, ArchiveManifest manifest)
      throws IOException {
    Set<RawName> named = new HashSet<>();
    for (ArchiveManifest.Entry entry : manifest.entries()) {
      List<String> names = new ArrayList<>(entry.layers());
      names.add(entry.configName());
      for (String name : names) {
        ArchiveIndex.Resolved resolved = index.resolve(name, entry.where());
        if (isDocument(resolved.place()) || isDocument(resolved.fileName())) {
          throw new ImageException(
              "%s: %s, named by %s, has the place of a document that is not merged"
                  .formatted(file.name(), name, entry.where()));
        }
        named.add(resolved.place());
        named.add(resolved.fileName());
      }
    }
    Map<RawName, MergedMember> members = members(file, index, verifier);
    if (manifest.isNarrow()) {
      // A link may lead to another.
      members
          .entrySet()
          .removeIf(member ->
              !(member.getValue() instanceof MergedMember.Link)
                  && !named.contains(member.getKey()));
    }
    addParents(file.name(), members);
    return new ArchiveContent(
        file.name(), members.values(), manifest.images(), manifest.repositories());
  }

  private static Map<RawName, MergedMember> members(
      ArchiveFile file, ArchiveIndex index, LayerVerifier verifier) throws IOException {
    Map<RawName, MergedMember> members = new TreeMap<>();
    for (Map.Entry<RawName, TarMember> entry : index.members().entrySet()) {
      RawName place = entry.getKey();
      if (place.length() == 0 || isDocument(place)) {
        continue;
      }
      TarMember member = entry.getValue();
      TarHeader header = member.header();
      switch (header.type()) {
        case DIRECTORY ->
            members.put(place, new MergedMember.Folder(file.name(), place, header.mode()));
        case SYMLINK ->
            members.put(place, new MergedMember.Link(file.name(), place, header.linkName()));
        case REGULAR, HARDLINK -> {
          TarMember content = index.file(place);
          int mode = content.header().mode();
          members.put(place, new MergedMember.File(place, mode, content, file, verifier));
        }
        // An image has no use for them.
        case FIFO, CHARACTER_DEVICE, BLOCK_DEVICE -> {}
      }
    }
    return members;
  }

  /** Whether this is, or lies below, a place where a document belongs. */
  private static boolean isDocument(RawName place) {
    return DOCUMENTS.contains(MemberName.join(MemberName.split(place).subList(0, 1)));
  }

  private static void addParents(String archive, Map<RawName, MergedMember> members)
      throws ImageException {
    for (RawName place : new ArrayList<>(members.keySet())) {
      List<String> parts = MemberName.split(place);
      for (int depth = parts.size() - 1; depth > 0; depth--) {
        RawName parent = MemberName.join(parts.subList(0, depth));
        MergedMember there = members.get(parent);
        if (there instanceof MergedMember.Folder) {
          break;
        }
        if (there != null) {
          throw new ImageException(
              "%s: member %s lies below %s, which is no directory"
                  .formatted(archive, place, parent));
        }
        members.put(parent, new MergedMember.Folder(archive, parent, PARENT_MODE));
      }
    }
  }
}
