using System.Runtime.InteropServices;

namespace Rel4.Metal.User;

/// <summary>Lays out the page by which the broker tells a task what has become of its channels. The broker writes it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BrokerPage
{
    /// <summary>The processor that the task has, from 0.</summary>
    public ulong Processor;

    /// <summary>How many processors there are.</summary>
    public ulong Processors;

    /// <summary>The first of the task's channels, which lie one behind the other.</summary>
    public ChannelEntry Channel;

    /// <summary>Gets what the broker tells of a channel.</summary>
    public static unsafe ChannelEntry* Entry(BrokerPage* page, int channel) => &page->Channel + channel;
}
