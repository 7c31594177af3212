namespace Rel4.Runtime;

/// <summary>Names what a peer can get wrong in its frame.</summary>
public enum ChannelField
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The frame is shorter than the smallest ring needs; the value is its length.</summary>
    FrameLength,

    /// <summary>The frame doesn't begin with the magic number.</summary>
    Magic,

    /// <summary>The peer speaks another version.</summary>
    Version,

    /// <summary>The ring is too small, or longer than the frame.</summary>
    RingLines,

    /// <summary>The consumer index ran backwards or past what was written; the limit is the greatest index allowed.</summary>
    Consumer,

    /// <summary>A header with a kind and part that don't exist, or of which one doesn't go with the other; the value is the header.</summary>
    RecordKind,

    /// <summary>A record is longer than a record may be, or than what was published; value and limit are lines.</summary>
    RecordLength,

    /// <summary>A reply to no call that is outstanding; the limit is the number of outstanding calls.</summary>
    CallId,

    /// <summary>A fragmented message is longer than this side takes, or not longer than its first fragment.</summary>
    MessageLength,

    /// <summary>A first fragment is too short to say how long the message is.</summary>
    FirstFragment,

    /// <summary>A fragment of a message that has not begun, or a beginning before the end of the one before; the value is the header.</summary>
    FragmentOrder,

    /// <summary>The fragments of a message don't add up to its length; the value is what they would come to.</summary>
    FragmentLength,

    /// <summary>This process has no memory left for a message that is under way; the value is what it would need, in bytes.</summary>
    OutOfMemory,
}
