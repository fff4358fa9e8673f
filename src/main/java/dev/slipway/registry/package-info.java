/**
 * A client of registries (OCI distribution specification 1.1; Docker's registry API version 2).
 * {@link dev.slipway.registry.RegistryClient} is what others use. It finds out how a registry wants
 * to be spoken to, proves who is asking, follows redirects, waits and tries again, and believes
 * nothing that it has not hashed itself.
 *
 * <p>Secrets stay in here: no message, no {@code toString} and no command line has any.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.registry;
