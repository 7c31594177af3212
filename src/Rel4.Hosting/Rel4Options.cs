using Rel4.Hosted.Supervision;

namespace Rel4.Hosting;

/// <summary>The options of a system in a host, from the configuration's section <c>Rel4</c> or code.</summary>
public sealed class Rel4Options
{
    /// <summary>The name of the configuration's section.</summary>
    public const string Section = "Rel4";

    /// <summary>Gets or sets how long a task that was asked to end has before it is killed. The host's own limit (<c>ShutdownTimeout</c>) ends it earlier.</summary>
    public TimeSpan GracePeriod { get; set; } = new SupervisionOptions().GracePeriod;

    /// <summary>Gets or sets what the system is called where it is looked at from outside; null for the name of the program.</summary>
    public string? Name { get; set; }

    /// <summary>Gets or sets whether the same user may look at the system from outside (<c>rel4 top</c>, <c>rel4 graph</c>).</summary>
    public bool IsObservable { get; set; } = true;

    /// <summary>Gets or sets whether the same user may start, stop, restart, remove and add tasks from outside (<c>rel4 stop</c>, for example). It must be observable for that.</summary>
    public bool IsControllable { get; set; }
}
