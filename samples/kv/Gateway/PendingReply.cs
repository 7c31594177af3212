using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Is the place of a reply among those to a batch of commands: clients get them in the order of their commands.</summary>
/// <param name="Source">Where the reply comes from.</param>
/// <param name="Version">The client's protocol when it sent the command.</param>
/// <param name="Length">The bytes of a reply that the gateway has written itself.</param>
/// <param name="Text">What stands before the databases in the reply to INFO.</param>
/// <param name="Store">The number of the store, or <see cref="AllStores"/>.</param>
internal readonly record struct PendingReply(ReplySource Source, RespVersion Version, int Length = 0, string Text = "", int Store = 0)
{
    /// <summary>Stands for all stores, where there are several: their replies are added up.</summary>
    public const int AllStores = -1;
}

/// <summary>Names where a reply comes from.</summary>
internal enum ReplySource
{
    /// <summary>The gateway has written it.</summary>
    Gateway,

    /// <summary>The store's reply, in other words.</summary>
    Store,

    /// <summary>The store's statistics, as text.</summary>
    Keyspace,
}
