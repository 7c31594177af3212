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

/// <summary>Tells why a server does not open a channel: the label of its reply.</summary>
/// <remarks>Beyond the numbers of <see cref="SeL4Error"/>, which the kernel replies with when it refuses the call itself.</remarks>
public enum ChannelRefusal : ulong
{
    /// <summary>It does.</summary>
    None = 0,

    /// <summary>No capability came with the call: the caller's capability of the endpoint has no Grant right.</summary>
    NoCapability = 0x100,

    /// <summary>The frame can't be mapped, or is no frame of a channel of this version.</summary>
    BadFrame = 0x101,

    /// <summary>The server has as many channels as it takes, or no memory for another.</summary>
    NoRoom = 0x102,

    /// <summary>The ticket is none that was given out, or has expired.</summary>
    BadTicket = 0x103,

    /// <summary>The doorbell is no notification that user interrupts can be sent to.</summary>
    BadDoorbell = 0x104,

    /// <summary>As many clients are between the two calls as may be: offer again in a moment.</summary>
    Busy = 0x105,

    /// <summary>The server's runtime has ended, by itself or by an exception, and its process may be about to.</summary>
    Ended = 0x106,
}
