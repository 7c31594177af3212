namespace Rel4.Hosted.Observation;

/// <summary>Names what can be done to a task from outside.</summary>
public enum ControlCommand
{
    /// <summary>Start it, if it does not run.</summary>
    Start,

    /// <summary>Stop it until it is told to start.</summary>
    Stop,

    /// <summary>Stop it if it runs, and start it.</summary>
    Restart,

    /// <summary>Stop it, and take it out of the system with the objects that it owns.</summary>
    Remove,
}
