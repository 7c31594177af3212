namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Names where a lane is when one of its processes is killed.</summary>
public enum LaneMoment
{
    /// <summary>Open, and nobody calls.</summary>
    Idle,

    /// <summary>The client has called, and the server has not seen it.</summary>
    Called,

    /// <summary>The server handles the call.</summary>
    Handled,

    /// <summary>The server has replied, and the client has not seen it.</summary>
    Replied,
}
