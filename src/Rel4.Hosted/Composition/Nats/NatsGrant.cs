namespace Rel4.Hosted.Composition;

/// <summary>Describes who may use what is exported: one user of NATS, which the server knows by a key and lets publish to this grant's subject alone.</summary>
/// <param name="Name">Names it within the export: letters, digits, <c>-</c> and <c>_</c>.</param>
/// <param name="PublicKey">The user's public NKey, which begins with U.</param>
/// <param name="Badge">
/// What receivers of an endpoint see of it: not 0. Of a notification, the bits that it may signal. It follows from the user that the server knows, never from a message.
/// </param>
public sealed record NatsGrant(string Name, string PublicKey, ulong Badge);
