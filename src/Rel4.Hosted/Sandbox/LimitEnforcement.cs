namespace Rel4.Hosted.Sandbox;

/// <summary>Says how well tasks are held to a limit.</summary>
public enum LimitEnforcement
{
    /// <summary>They are not.</summary>
    None,

    /// <summary>They are held by what a hostile task gets around: this finds mistakes.</summary>
    Partial,

    /// <summary>Linux holds them, whatever they do.</summary>
    Full,
}
