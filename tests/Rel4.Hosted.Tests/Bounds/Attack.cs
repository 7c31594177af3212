namespace Rel4.Hosted.Tests.Bounds;

/// <summary>Names what a task does that wants to take the kernel from others.</summary>
public enum Attack
{
    /// <summary>Computes, and leaves the kernel alone: what Linux lets any process do to others.</summary>
    Compute,

    /// <summary>Makes the shortest system call.</summary>
    Yield,

    /// <summary>Sends to nobody.</summary>
    SendToNobody,

    /// <summary>Invokes a method that looks much up and then refuses.</summary>
    FailingInvocation,

    /// <summary>Makes, maps and destroys a frame, and never takes the descriptors from its socket.</summary>
    MapSmallFrames,

    /// <summary>As <see cref="MapSmallFrames"/>, of 2 MiB.</summary>
    MapLargeFrames,

    /// <summary>As <see cref="MapLargeFrames"/>, as several processes that it has made, in turn.</summary>
    MapLargeFramesAsMany,

    /// <summary>Rings its doorbell while it is blocked.</summary>
    RingDoorbell,

    /// <summary>Writes random numbers all over its trap page.</summary>
    ScribbleOverTrapPage,

    /// <summary>Fills its socket with messages that nobody asked for.</summary>
    FloodSocket,
}
