namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Says who starts a task.</summary>
public enum StartedBy
{
    /// <summary>The user who runs the tests: root, or else an ordinary user.</summary>
    Caller,

    /// <summary>An ordinary user, also if root runs the tests.</summary>
    OrdinaryUser,
}
