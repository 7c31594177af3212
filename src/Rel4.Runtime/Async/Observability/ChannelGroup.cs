namespace Rel4.Runtime;

/// <summary>Names the channels that are counted together.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Endpoint">The name under which it was granted the endpoint that they were opened over.</param>
/// <param name="IsServer">Whether this is the side that receives from the endpoint.</param>
internal readonly record struct ChannelGroup(string Task, string Endpoint, bool IsServer)
{
    /// <summary>Finds the group of an endpoint's channels.</summary>
    public static ChannelGroup Of(ulong endpoint, bool isServer) => new(RuntimeMeter.TaskName, RuntimeMeter.NameOf(endpoint), isServer);
}
