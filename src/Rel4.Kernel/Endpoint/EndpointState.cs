namespace Rel4.Kernel;

/// <summary>Tells what the threads in an endpoint's queue wait for.</summary>
internal enum EndpointState : ushort
{
    /// <summary>The queue is empty.</summary>
    Idle = 0,

    /// <summary>They wait to send.</summary>
    Send = 1,

    /// <summary>They wait to receive.</summary>
    Receive = 2,
}
