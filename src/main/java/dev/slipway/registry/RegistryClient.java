package dev.slipway.registry;

import dev.slipway.http.client.Answers;
import dev.slipway.http.client.Attempts;
import dev.slipway.http.client.BodyStream;
import dev.slipway.http.client.Http;
import dev.slipway.http.client.Redacted;
import dev.slipway.http.client.SourceException;
import dev.slipway.http.client.VerifiedStream;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.Manifest;
import dev.slipway.oci.MediaType;
import dev.slipway.oci.RepositoryName;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * Speaks to registries (OCI distribution specification 1.1), any number of them, for any number of
 * threads. Passing faults, such as a connection that is cut, status 429 or 503, are waited out as
 * the settings allow; every method throws {@link RegistryException} where a registry refuses, and
 * any other {@link IOException} where it cannot be reached.
 */
public final class RegistryClient implements AutoCloseable {
  private static final String ACCEPTED =
      List.of(
              MediaType.OCI_MANIFEST,
              MediaType.DOCKER_MANIFEST,
              MediaType.OCI_INDEX,
              MediaType.DOCKER_LIST)
          .stream()
          .map(MediaType::value)
          .collect(Collectors.joining(", "));

  private final RegistrySettings settings;
  private final Http http;
  private final Map<String, Registry> registries = new HashMap<>();

  /** A client that has spoken to nobody yet. */
  public RegistryClient(RegistrySettings settings) {
    this.settings = settings;
    this.http = new Http(settings.http());
  }

  private synchronized Registry registry(RepositoryName repository) {
    return registries.computeIfAbsent(
        repository.domain(), domain -> new Registry(domain, settings, http));
  }

  /**
   * The document that a reference leads to. Its digest is that of its bytes, and the one that the
   * reference asks for, if it does.
   *
   * @throws DigestMismatchException if it has another digest than was asked for, or than the
   *     registry says
   * @throws ImageException if it is no manifest; see {@link Manifest#parse}
   * @throws IOException if it cannot be had
   */
  public Manifest manifest(ImageReference reference) throws IOException {
    Registry registry = registry(reference.repository());
    URI uri = registry.uri(reference.repository(), "/manifests/" + reference.version());
    Call call = Call.of("GET", uri, Scope.pull(reference.repository())).with("Accept", ACCEPTED);
    Attempts attempts = new Attempts(settings.http());
    while (true) {
      HttpResponse<BodyStream> answer = registry.ask(call, 200);
      byte[] document;
      try {
        document = Registry.document(answer, uri);
      } catch (ImageException e) {
        throw e;
      } catch (IOException e) {
        attempts.failed(new IOException(Redacted.uri(uri) + ": " + BodyStream.message(e), e));
        continue;
      }
      Digest digest = Digest.of(document);
      Optional<Digest> promised = reference.digest().or(() -> Registry.digest(answer));
      if (promised.isPresent() && !promised.get().equals(digest)) {
        throw new DigestMismatchException(reference.toString(), promised.get(), digest);
      }
      return Manifest.parse(document, type(answer), reference.toString());
    }
  }

  /**
   * What a reference leads to, without fetching it; empty if it leads nowhere, or to what is no
   * manifest.
   *
   * @throws IOException if the registry does not say
   */
  public Optional<Descriptor> findManifest(ImageReference reference) throws IOException {
    Registry registry = registry(reference.repository());
    URI uri = registry.uri(reference.repository(), "/manifests/" + reference.version());
    HttpResponse<BodyStream> answer =
        registry.ask(
            Call.of("HEAD", uri, Scope.pull(reference.repository())).with("Accept", ACCEPTED),
            200,
            404);
    Answers.drain(answer);
    Optional<MediaType> type = type(answer);
    Optional<Digest> digest = reference.digest().or(() -> Registry.digest(answer));
    long size = answer.headers().firstValueAsLong("Content-Length").orElse(-1);
    return answer.statusCode() == 200 && type.isPresent() && digest.isPresent() && size >= 0
        ? Optional.of(new Descriptor(type.get(), digest.get(), size))
        : Optional.empty();
  }

  /**
   * The content of a blob, to be read up to its end: only there is it known to be what it should
   * be. A connection that is cut in between is made again. One that the registry does not have is
   * asked for at the addresses of its descriptor, which are told nothing of who asks.
   *
   * @return a stream that throws {@link DigestMismatchException} in place of its end if the digest
   *     is another, and {@link ImageException} if there are more bytes than there should be; to be
   *     closed
   * @throws IOException if it cannot be had
   */
  public InputStream blob(RepositoryName repository, Descriptor descriptor) throws IOException {
    Registry registry = registry(repository);
    URI uri = registry.uri(repository, "/blobs/" + descriptor.digest());
    try {
      return blob(registry, Call.of("GET", uri, Scope.pull(repository)), descriptor);
    } catch (RegistryException e) {
      return elsewhere(registry, uri, descriptor, e);
    }
  }

  private InputStream elsewhere(
      Registry registry, URI uri, Descriptor descriptor, RegistryException refusal)
      throws IOException {
    IOException fault = refusal;
    for (String address : descriptor.urls()) {
      try {
        return blob(registry, Call.of("GET", registry.redirect(uri, address)), descriptor);
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        fault = e;
      }
    }
    throw fault;
  }

  private InputStream blob(Registry registry, Call call, Descriptor descriptor) throws IOException {
    return new VerifiedStream(
        registry.ask(call, VerifiedStream.OK).body(),
        range ->
            registry.once(
                range.map(bytes -> call.with("Range", bytes)).orElse(call),
                VerifiedStream.OK,
                VerifiedStream.PARTIAL),
        settings.http(),
        Redacted.uri(call.uri()).toString(),
        OptionalLong.of(descriptor.size()),
        Optional.of(descriptor.digest()));
  }

  /**
   * Whether a repository has a blob. One of another size or digest, as far as the registry says so,
   * is not that blob.
   *
   * @throws IOException if the registry does not say
   */
  public boolean hasBlob(RepositoryName repository, Descriptor blob) throws IOException {
    Registry registry = registry(repository);
    URI uri = registry.uri(repository, "/blobs/" + blob.digest());
    HttpResponse<BodyStream> answer =
        registry.ask(Call.of("HEAD", uri, Scope.push(repository)), 200, 404);
    Answers.drain(answer);
    return answer.statusCode() == 200
        && answer.headers().firstValueAsLong("Content-Length").orElse(blob.size()) == blob.size()
        && Registry.digest(answer).orElse(blob.digest()).equals(blob.digest());
  }

  /**
   * Has a repository share a blob with another one of the same registry.
   *
   * @return whether it does now; registries need not, and not for everyone
   * @throws IllegalArgumentException if they are in different registries
   * @throws IOException if the registry cannot be asked
   */
  public boolean mountBlob(RepositoryName target, Digest digest, RepositoryName from)
      throws IOException {
    if (!target.domain().equals(from.domain())) {
      throw new IllegalArgumentException(from + " is not in the registry of " + target);
    }
    Registry registry = registry(target);
    URI uri = registry.uri(target, "/blobs/uploads/?mount=" + digest + "&from=" + from.path());
    Call call = Call.of("POST", uri, Scope.push(target), Scope.pull(from));
    HttpResponse<BodyStream> answer;
    try {
      answer = registry.ask(call, 201, 202);
    } catch (RegistryException e) {
      // Some refuse where others begin an upload, each in a way of its own.
      return false;
    }
    Answers.drain(answer);
    if (answer.statusCode() == 201) {
      return true;
    }
    abandon(registry, target, answer);
    return false;
  }

  /** Ends an upload that nobody wants; registries that will not let us forget it themselves. */
  private static void abandon(
      Registry registry, RepositoryName repository, HttpResponse<BodyStream> answer)
      throws InterruptedIOException {
    Optional<String> location = answer.headers().firstValue("Location");
    if (location.isPresent()) {
      try {
        URI upload = registry.redirect(answer.uri(), location.get());
        Answers.drain(
            registry.once(Call.of("DELETE", upload, Scope.push(repository)), 204, 202, 200));
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException _) {
        // It times out.
      }
    }
  }

  /**
   * Sends a blob, unless the registry refuses it because it is not what {@code descriptor} says.
   *
   * @param source its bytes, which are asked for again from where the registry has got to if the
   *     connection is cut; what it throws is thrown
   * @throws IOException if it could not be sent
   */
  public void uploadBlob(RepositoryName repository, Descriptor descriptor, BlobSource source)
      throws IOException {
    try {
      new BlobUpload(registry(repository), settings, repository, descriptor, source).run();
    } catch (SourceException e) {
      throw e.reason();
    }
  }

  /**
   * Puts a document where {@code reference} leads to. What it names must be there already.
   *
   * @return its digest
   * @throws DigestMismatchException if the registry has got something else than was sent
   * @throws IOException if it could not be put there
   */
  public Digest putManifest(ImageReference reference, Manifest manifest) throws IOException {
    byte[] document = manifest.bytes();
    Digest digest = Digest.of(document);
    if (reference.digest().isPresent() && !reference.digest().get().equals(digest)) {
      throw new DigestMismatchException(reference.toString(), reference.digest().get(), digest);
    }
    Registry registry = registry(reference.repository());
    URI uri = registry.uri(reference.repository(), "/manifests/" + reference.version());
    Call call =
        Call.of("PUT", uri, Scope.push(reference.repository()))
            .with("Content-Type", manifest.mediaType().value())
            .sending(new Call.Body.Document(document));
    HttpResponse<BodyStream> answer = registry.ask(call, 201, 200, 202);
    Answers.drain(answer);
    Optional<Digest> found = Registry.digest(answer);
    if (found.isPresent() && !found.get().equals(digest)) {
      throw new DigestMismatchException(reference.toString(), digest, found.get());
    }
    return digest;
  }

  private static Optional<MediaType> type(HttpResponse<BodyStream> answer) {
    return answer.headers().firstValue("Content-Type").map(MediaType::ofHeader);
  }

  /** Closes all connections; what is still being read fails. */
  @Override
  public void close() {
    http.close();
  }
}
