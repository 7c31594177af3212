namespace Rel4.Ipc.Bench;

/// <summary>Names the ways to another process and back that <c>rel4 bench ipc</c> compares.</summary>
internal static class Ways
{
    public const string CacheLine = "cache line to another core and back",
        BareChannel = "bare channel, both sides polling",
        Async = "CallAsync",
        Typed = "typed call",
        AwaitYield = "CallAsync, handler awaits a method that yields",
        AwaitReply = "CallAsync, handler awaits a method that replies",
        Pool = "CallAsync from the thread pool",
        AsyncParked = "CallAsync, both tasks asleep before",
        Sync = "SeL4.Call, 4 words",
        UnixSocket = "Unix socket, blocking",
        UnixSocketWords = "Unix socket, blocking, 4 words",
        UnixSocketPipelined = "Unix socket, many messages in a send",
        UnixSocketParked = "Unix socket, both tasks asleep before",
        NamedPipe = "named pipe of .NET",
        Http2 = "HTTP/2 over a Unix socket";

    /// <summary>Names where client and server run.</summary>
    public const string TwoCores = "two cores", OneCore = "one core", Anywhere = "where Linux puts them";
}
