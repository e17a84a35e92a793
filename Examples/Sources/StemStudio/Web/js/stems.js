// The stems that the page knows, and their colours.

import { colour } from '../kit/js/theme.js';

export const stems = ['vocals', 'drums', 'bass', 'other'];
/** The colour of a stem, also of one that the page does not know. */
export const stemColour = (stem) => colour(stem === 'mixture' || stems.includes(stem) ? stem : stem === 'accompaniment' ? 'bass' : 'other');
