namespace Rel4.Abi;

/// <summary>Names what the owner of a frame looks at by itself, and what the peer must ring its doorbell for.</summary>
public enum ChannelAttention : uint
{
    /// <summary>Nothing: ring for records. What memory that nobody has written yet says.</summary>
    Parked,

    /// <summary>Everything: don't ring.</summary>
    Attentive,

    /// <summary>Nothing: ring for records, and for room in the owner's ring.</summary>
    ParkedForRoom,

    /// <summary>The owner has closed the channel, after the last record that it published.</summary>
    Closed,

    /// <summary>Everything, and it has had nothing else to do for a while: don't ring, and don't wait for it.</summary>
    Spinning,
}
