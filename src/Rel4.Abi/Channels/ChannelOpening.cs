namespace Rel4.Abi;

/// <summary>Names the two calls by which a client opens an asynchronous channel over an endpoint: labels of synchronous messages.</summary>
/// <remarks>
/// <code>
/// call    words                capabilities                reply words   reply capabilities
/// Offer   version of the ring  the client's frame, Read    ticket        the server's frame, Read
/// Join    ticket               the client's doorbell       -             the server's doorbell
/// </code>
/// Two calls, since a message brings one capability into the receiver's CSpace (manual section "Capability Transfer"). A frame holds a
/// <see cref="ChannelFrame"/>; a doorbell is a notification with the Write right and a badge of one bit. The reply's label is a
/// <see cref="ChannelRefusal"/>. The numbers are "reL4" and a count, so that no program has them as labels of its own by chance.
/// </remarks>
public enum ChannelOpening : ulong
{
    /// <summary>The client shows its frame.</summary>
    Offer = 0x72_654C_3401,

    /// <summary>The client gives its doorbell.</summary>
    Join = 0x72_654C_3402,
}
