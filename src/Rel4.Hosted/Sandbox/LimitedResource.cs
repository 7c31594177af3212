namespace Rel4.Hosted.Sandbox;

/// <summary>Names what <see cref="TaskLimits"/> bound.</summary>
public enum LimitedResource
{
    /// <summary>Memory.</summary>
    Memory,

    /// <summary>Processor time.</summary>
    Processors,

    /// <summary>Threads.</summary>
    Threads,
}
