namespace Rel4.Hosted.Sandbox;

/// <summary>Names kinds of sockets that a task may make.</summary>
[Flags]
public enum SocketAccess
{
    /// <summary>None but connected pairs within the task. Sockets that it was given work.</summary>
    None = 0,

    /// <summary>The internet's: TCP, UDP and ping over IPv4 and IPv6, and what name lookup and interface lists need.</summary>
    /// <remarks>A task can then also give a pair's end an abstract name, which others on the machine may wait for; nothing of reL4 does.</remarks>
    Internet = 1,

    /// <summary>Unix sockets.</summary>
    /// <remarks>
    /// Landlock does not yet confine which path a task connects to. What listens there decides by user, so a task that shares its user with
    /// a desktop session or a container engine could ask those to run anything.
    /// </remarks>
    Unix = 2,
}
