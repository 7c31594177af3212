namespace Rel4.Samples.Kv;

/// <summary>Names how the gateway reaches the store.</summary>
public enum KvIpc
{
    /// <summary>Through asynchronous IPC: memory that both processes share.</summary>
    Async,

    /// <summary>Through synchronous IPC: the kernel hands each message over.</summary>
    Sync,

    /// <summary>By calling it: gateway and store are one process, and nothing protects one from the other.</summary>
    None,
}
