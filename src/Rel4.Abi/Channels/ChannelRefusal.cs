namespace Rel4.Abi;

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
