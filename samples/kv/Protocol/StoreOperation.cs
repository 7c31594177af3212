namespace Rel4.Samples.Kv.Protocol;

/// <summary>Names what the store can be asked for.</summary>
internal enum StoreOperation : byte
{
    /// <summary>The value of a key, or null.</summary>
    Get = 1,

    /// <summary>Sets a key to a value; <see cref="StoreRequest.Number"/> is when it expires, or 0.</summary>
    Set,

    /// <summary>Deletes keys and counts them.</summary>
    Delete,

    /// <summary>Counts which of the keys there are.</summary>
    Exists,

    /// <summary>Adds <see cref="StoreRequest.Number"/> to the number under a key.</summary>
    Increment,

    /// <summary>The values of keys, each of them or null.</summary>
    GetMany,

    /// <summary>Sets keys to values, which alternate.</summary>
    SetMany,

    /// <summary>Makes a key expire at <see cref="StoreRequest.Number"/>; 1 if it does, otherwise 0.</summary>
    Expire,

    /// <summary>The seconds until a key expires; -1 if it does not, -2 if it is not there.</summary>
    TimeToLive,

    /// <summary>The keys that match a pattern.</summary>
    Keys,

    /// <summary>
    /// Goes on from the cursor <see cref="StoreRequest.Number"/>: the next cursor, and keys. The first word is the count as 8 bytes, the
    /// second, if there is one, a pattern.
    /// </summary>
    Scan,

    /// <summary>The number of keys.</summary>
    Count,

    /// <summary>Deletes all keys of the database.</summary>
    Flush,

    /// <summary>For each database its number of keys and how many of them expire.</summary>
    Statistics,
}

/// <summary>Names conditions and wishes of a request.</summary>
[Flags]
internal enum StoreFlags : ushort
{
    None = 0,

    /// <summary>Set only if there is no such key; expire only if it does not yet.</summary>
    OnlyIfAbsent = 1,

    /// <summary>Set only if there is such a key; expire only if it does already.</summary>
    OnlyIfPresent = 2,

    /// <summary>Expire only later than it would.</summary>
    OnlyIfLater = 4,

    /// <summary>Expire only sooner than it would.</summary>
    OnlyIfSooner = 8,

    /// <summary>Set, and reply with the value before.</summary>
    ReturnOld = 16,

    /// <summary>Set, and let the key expire when it would have.</summary>
    KeepExpiry = 32,
}
